import type { ApiServer } from './api-server.ts';
import { applyDefaults } from './defaults.ts';
import type { FakeImage } from './kubelet.ts';
import type { Json, KubeObject } from './objects.ts';

const ticking = (service: string): string =>
  `i=0; while true; do i=$((i+1)); echo "level=info service=${service} request=$i status=200"; sleep 5; done`;

/** Images that every fake knows. */
export const demoImages: Readonly<Record<string, FakeImage>> = {
  busybox: { command: ['sh'] },
  alpine: { command: ['sh'] },
  nginx: {
    command: ['nginx'],
    files: {
      '/usr/share/nginx/html/index.html': '<h1>hello</h1>\n',
      '/etc/nginx/nginx.conf': 'worker_processes auto;\n',
    },
  },
  shop: { command: ['sh', '-c', ticking('shop')], files: { '/etc/shop/config.yaml': 'currency: EUR\n' } },
  payments: { command: ['sh', '-c', ticking('payments')] },
  '*': { command: [] },
};

interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly replicas: number;
  readonly port: number;
}

const WORKLOADS: readonly Workload[] = [
  { namespace: 'shop', name: 'web', image: 'nginx:1.27', replicas: 2, port: 80 },
  { namespace: 'shop', name: 'checkout', image: 'shop:4.2', replicas: 2, port: 8_080 },
  { namespace: 'payments', name: 'ledger', image: 'payments:1.9', replicas: 1, port: 8_080 },
  { namespace: 'monitoring', name: 'collector', image: 'busybox:1', replicas: 1, port: 9_090 },
];

function deployment({ namespace, name, image, replicas, port }: Workload): KubeObject {
  const labels = { app: name };
  const container: Json = { name, image, ports: [{ containerPort: port }] };
  if (image.startsWith('busybox')) container['command'] = ['sh', '-c', ticking(name)];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels, generation: 1 },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

function service({ namespace, name, port }: Workload): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { app: name } },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: port }] },
  };
}

/** Fills the cluster with a small shop: namespaces, deployments with services, configuration, a secret. */
export function seedDemo(api: ApiServer): void {
  const put = (object: KubeObject): void => {
    applyDefaults(object, api.cluster.allocate);
    api.put(object);
  };
  for (const name of new Set(WORKLOADS.map((one) => one.namespace))) {
    put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { team: name } } });
  }
  for (const workload of WORKLOADS) {
    put(deployment(workload));
    put(service(workload));
  }
  put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'shop-settings', namespace: 'shop' },
    data: { currency: 'EUR', 'feature.checkout': 'v2' },
  });
  put({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'ledger-database', namespace: 'payments' },
    stringData: { username: 'ledger', password: 'demo-only' },
  });
}
