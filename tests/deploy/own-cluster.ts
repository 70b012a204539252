/** A cluster that nobody else uses, so that everything in it can be compared. */
import { randomInt } from 'node:crypto';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
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

/** A way for TCP through this machine. */
export interface Way {
  readonly port: number;
  close(): void;
}

/** Opens a way from an address of this machine to wherever `target` says for each connection; `undefined` closes it at once. */
export async function openWay(
  address: string,
  target: () => { readonly host: string; readonly port: number } | undefined,
): Promise<Way> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const to = target();
    if (to === undefined) return void near.destroy();
    const far = dial(to);
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** How often a cluster is begun before it is given up: its ports may be taken. */
const ATTEMPTS = 3;

/** Starts a cluster with a node, from the kit that the environment names. */
export async function startOwnCluster(folder: string): Promise<OwnCluster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startCluster(join(folder, `cluster-${attempt}`));
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function startCluster(home: string): Promise<OwnCluster> {
  // Below the ports that the system gives away, and apart from clusters whose offset is a multiple of 100.
  const n = randomInt(20, 150);
  const network = `10.247.${n}`;
  const env = {
    CLUSTER_HOME: home,
    CLUSTER_PORT_OFFSET: String(n * 100 + 50),
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
  const way = await openWay(hostAddress, () => ({ host: '127.0.0.1', port: Number(new URL(server).port) }));
  const kubectl = (words: readonly string[], input?: string) =>
    run(part('kubectlOld'), ['--kubeconfig', kubeconfig, ...words], {
      ...(input !== undefined && { input }),
      timeoutMs: 180_000,
    });
  return {
    kubeconfig,
    image,
    hostAddress,
    apiServerPort: way.port,
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

/** Runs a pod that does nothing, to be looked into; resolves once it is ready. */
export async function runPod(cluster: Pick<OwnCluster, 'ok' | 'image'>, name: string): Promise<void> {
  const forever = ['--command', '--', 'sh', '-c', 'while true; do sleep 1; done'];
  await cluster.ok(['run', name, `--image=${cluster.image}`, ...forever]);
  await cluster.ok(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=120s']);
}

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
