/** A cluster that nobody else uses, so that everything in it can be compared. */
import { randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, connect as dial } from 'node:net';
import { join } from 'node:path';
import { type Outcome, part, run } from '../support/index.ts';

/** A running cluster. */
export interface OwnCluster {
  /** Admin kubeconfig. */
  readonly kubeconfig: string;
  /** Image with sh and httpd. */
  readonly image: string;
  /** Address of this machine that pods reach. Nobody else does. */
  readonly hostAddress: string;
  /** Port of the API server at that address: this cluster has no services' addresses. */
  readonly apiServerPort: number;
  kubectl(words: readonly string[], input?: string): Promise<Outcome>;
  /** As {@link OwnCluster.kubectl}, rejecting when it fails. */
  ok(words: readonly string[], input?: string): Promise<string>;
  /** Puts an image archive into the node. */
  importImage(archive: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a cluster with a node, from the kit that the environment names. */
export async function startOwnCluster(folder: string): Promise<OwnCluster> {
  const n = randomInt(150, 250);
  const network = `10.247.${n}`;
  const env = {
    CLUSTER_HOME: join(folder, 'cluster'),
    CLUSTER_PORT_OFFSET: String(n * 100),
    CLUSTER_BRIDGE: `kcdep${n}`,
    CLUSTER_POD_NET: network,
    CLUSTER_CGROUP: `kcdep${n}`,
    CLUSTER_TIMEOUT: '240',
  };
  const kit = async (words: readonly string[], timeoutMs = 60_000): Promise<string> => {
    const made = await run(part('clusterKit'), words, { env, timeoutMs });
    if (made.code !== 0) throw new Error(`cluster ${words.join(' ')} ended with ${made.code}:\n${made.stderr}`);
    return made.stdout;
  };
  try {
    await kit(['up'], 280_000);
  } catch (error) {
    await kit(['down']);
    throw error;
  }
  const told = Object.fromEntries(
    [...(await kit(['env'])).matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  );
  const { KUBECONFIG: kubeconfig = '', CLUSTER_IMAGE: image = '', CLUSTER_SERVER: server = '' } = told;
  const hostAddress = `${network}.1`;
  const way = createServer((socket) => {
    const upstream = dial(Number(new URL(server).port), '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const [end, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const)
      end.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => way.listen(0, hostAddress, resolve));
  const kubectl = (words: readonly string[], input?: string) =>
    run(part('kubectlOld'), ['--kubeconfig', kubeconfig, ...words], {
      ...(input !== undefined && { input }),
      timeoutMs: 180_000,
    });
  return {
    kubeconfig,
    image,
    hostAddress,
    apiServerPort: (way.address() as AddressInfo).port,
    kubectl,
    async ok(words, input) {
      const made = await kubectl(words, input);
      if (made.code !== 0) throw new Error(`kubectl ${words.join(' ')} ended with ${made.code}:\n${made.stderr}`);
      return made.stdout;
    },
    importImage: async (archive) =>
      void (await kit(['node-exec', 'ctr', '-n', 'k8s.io', 'images', 'import', archive], 120_000)),
    async close() {
      way.close();
      await kit(['down'], 120_000);
    },
  };
}

/** What comes and goes by itself. */
const VOLATILE_KINDS: readonly string[] = ['events', 'events.events.k8s.io', 'leases.coordination.k8s.io'];

/** Everything that is in a cluster, by path, as it was written: without what the API server and controllers note beside it. */
export async function everythingIn(cluster: Pick<OwnCluster, 'ok'>): Promise<Record<string, unknown>> {
  const kinds = (await cluster.ok(['api-resources', '--verbs=list', '--output=name', '--cached=false']))
    .split('\n')
    .filter((kind) => kind !== '' && !VOLATILE_KINDS.includes(kind));
  const { items } = JSON.parse(await cluster.ok(['get', kinds.join(','), '--all-namespaces', '--output=json'])) as {
    readonly items: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly metadata: Record<string, unknown>;
      readonly [field: string]: unknown;
    }[];
  };
  return Object.fromEntries(
    items.map(({ metadata, status: _status, ...written }) => {
      const { name, namespace = '', labels = {}, annotations = {}, finalizers = [] } = metadata;
      const path = `${written.apiVersion} ${written.kind} ${namespace}/${name}`;
      return [path, { ...written, labels, annotations, finalizers }];
    }),
  );
}
