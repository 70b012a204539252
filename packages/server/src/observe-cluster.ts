import { Agent, createServer, request as httpRequest } from 'node:http';
import type { CoreV1Api, V1Node, VersionApi } from '@kubernetes/client-node';
import { type Clock, type Cluster, createId, type Principal } from '@sallyport/core';
import type { LabelsByNamespace } from './access/namespace-labels.ts';
import type { AccessProxy } from './access-proxy.ts';
import { http1ProxyRequest, http1Sink } from './node/http1-sink.ts';
import { connectInProcess } from './node/in-process.ts';
import type { Authenticated } from './proxy/authenticate.ts';
import type { ClusterInventory, InventoryNode } from './stores/cluster-contracts.ts';

const CREDENTIAL_LIFE_MS = 60_000;
const PAGE_SIZE = 500;
/** Nodes and namespaces that are kept by name; all of them are counted. */
const MAX_KEPT = 500;

/** Kubernetes clients of one cluster. */
export interface ClusterClients {
  readonly core: CoreV1Api;
  readonly version: VersionApi;
  /** The body of a path that no client is made for, as JSON; `undefined` for any answer but 200 with a body of that kind. */
  readonly getJson: (path: string) => Promise<unknown>;
}

/** Clients whose requests go through the access proxy, in process, as one of the server's own principals. */
export async function connectAsSystem(
  proxy: AccessProxy,
  principal: Principal,
  cluster: Cluster,
  clock: Clock,
): Promise<ClusterClients> {
  // Costs about a second and 70 MB: only a server with a connected cluster pays it.
  const kubernetes = await import('@kubernetes/client-node');
  const who = systemIdentity(principal, cluster, clock);
  const server = createServer((request, response) => {
    void proxy.handleInternal(who, http1ProxyRequest(request), http1Sink(response));
  });
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => connectInProcess(server, '');
  const configuration = kubernetes.createConfiguration({
    baseServer: new kubernetes.ServerConfiguration('http://cluster.internal', {}),
    authMethods: {
      default: {
        getName: () => 'in-process',
        applySecurityAuthentication: (context) => context.setAgent(agent),
      },
    },
  });
  return {
    core: new kubernetes.CoreV1Api(configuration),
    version: new kubernetes.VersionApi(configuration),
    getJson: (path) => getJson(agent, path),
  };
}

/** Largest answer of {@link ClusterClients.getJson}, in bytes. */
const MAX_JSON_BYTES = 65_536;

function getJson(agent: Agent, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ agent, host: 'cluster.internal', path }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > MAX_JSON_BYTES) response.destroy();
      });
      response.on('close', () => {
        const isWhole = response.complete && response.statusCode === 200;
        resolve(isWhole ? parseJson(Buffer.concat(chunks).toString('utf8')) : undefined);
      });
    });
    request.on('error', reject);
    request.end();
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever answers with something else does not hand it out.
    return undefined;
  }
}

/** Namespaces of a cluster, all of them. */
export interface ObservedNamespaces {
  readonly labels: LabelsByNamespace;
  /** Unique ids by name. */
  readonly uids: ReadonlyMap<string, string>;
}

/** Looks at version, nodes and namespaces; `seen` gets all namespaces as soon as they are there. */
export async function observeCluster(
  { core, version }: ClusterClients,
  seen: (namespaces: ObservedNamespaces) => Promise<void>,
): Promise<Omit<ClusterInventory, 'clusterId' | 'observedAt'>> {
  const { gitVersion } = await version.getCode();
  const nodes: InventoryNode[] = [];
  for await (const page of pages((token) => core.listNode({ limit: PAGE_SIZE, ...token }))) {
    nodes.push(...page.map(describeNode));
  }
  const namespaces = await readNamespaces(core);
  await seen(namespaces);
  return {
    kubernetesVersion: gitVersion,
    nodeCount: nodes.length,
    readyNodeCount: nodes.filter(({ isReady }) => isReady).length,
    namespaceCount: namespaces.labels.size,
    nodes: firstByName(nodes),
    namespaces: firstByName([...namespaces.labels].map(([name, labels]) => ({ name, labels }))),
  };
}

/** Reads all namespaces. */
export async function readNamespaces(core: CoreV1Api): Promise<ObservedNamespaces> {
  const labels = new Map<string, Readonly<Record<string, string>>>();
  const uids = new Map<string, string>();
  for await (const page of pages((token) => core.listNamespace({ limit: PAGE_SIZE, ...token }))) {
    for (const { metadata } of page) {
      if (metadata?.name === undefined) continue;
      labels.set(metadata.name, metadata.labels ?? {});
      uids.set(metadata.name, metadata.uid ?? '');
    }
  }
  return { labels, uids };
}

function describeNode({ metadata, status }: V1Node): InventoryNode {
  return {
    name: metadata?.name ?? '',
    isReady: status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    kubeletVersion: status?.nodeInfo?.kubeletVersion ?? '',
    labels: metadata?.labels ?? {},
  };
}

function firstByName<Item extends { readonly name: string }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MAX_KEPT);
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly metadata?: { readonly _continue?: string };
}

async function* pages<Item>(
  page: (token: { _continue?: string }) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[]> {
  let next: string | undefined;
  do {
    const list = await page(next === undefined ? {} : { _continue: next });
    yield list.items;
    next = list.metadata?._continue || undefined;
  } while (next !== undefined);
}

/** The identity of a request that the server makes by itself: live records like anybody's, no login session. */
function systemIdentity(principal: Principal, cluster: Cluster, clock: Clock): Authenticated {
  const now = clock.now();
  return {
    principal,
    session: undefined,
    cluster,
    credential: {
      credentialId: createId('credential', now),
      principalId: principal.id,
      organizationId: principal.organizationId,
      clusterId: cluster.id,
      issuedAt: new Date(now),
      expiresAt: new Date(now + CREDENTIAL_LIFE_MS),
    },
  };
}
