import { Agent, request } from 'node:http';
import { duplexPair } from 'node:stream';
import type { Cluster, Reply, ResourceCall } from './call.ts';
import { builtIn, isReady } from './controller-pods.ts';
import type { Kubelet } from './kubelet.ts';
import { type Json, type KubeObject, listAt, mapAt, textAt } from './objects.ts';
import type { PortHandler } from './process.ts';
import { notFound, StatusError } from './status-error.ts';

interface Target {
  readonly name: string;
  readonly port: string;
}

/** `name`, `name:port` or `scheme:name:port`. */
function parseTarget(name: string): Target {
  const parts = name.split(':');
  if (parts.length === 3) return { name: parts[1] as string, port: parts[2] as string };
  return { name: parts[0] as string, port: parts[1] ?? '' };
}

function containerPort(pod: KubeObject, wanted: unknown): number {
  const ports = listAt(pod, 'spec.containers').flatMap((container) => listAt(container, 'ports'));
  if (wanted === '' || wanted === undefined) return Number(ports[0]?.['containerPort'] ?? 80);
  const named = ports.find((port) => textAt(port, 'name') === wanted);
  return Number(named?.['containerPort'] ?? wanted);
}

function servicePod(cluster: Cluster, service: KubeObject): KubeObject {
  const selector = Object.entries(mapAt(service, 'spec.selector'));
  const pod = cluster.storage
    .list(builtIn(cluster, '', 'pods'), service.metadata.namespace ?? '')
    .find((one) => isReady(one) && selector.every(([key, value]) => one.metadata.labels?.[key] === value));
  if (selector.length === 0 || !pod) {
    throw new StatusError(
      'ServiceUnavailable',
      `no endpoints available for service ${JSON.stringify(service.metadata.name)}`,
    );
  }
  return pod;
}

function servicePort(service: KubeObject, wanted: string): Json {
  const ports = listAt(service, 'spec.ports');
  return (
    ports.find((port) => wanted === '' || textAt(port, 'name') === wanted || String(port['port']) === wanted) ?? {}
  );
}

function findHandler(cluster: Cluster, kubelet: Kubelet, call: ResourceCall): PortHandler {
  const { info, kind } = call;
  const target = parseTarget(info.name);
  const object = cluster.storage.get(kind, info.namespace, target.name);
  if (!object) throw notFound(kind.resource, '', target.name);
  const isService = kind.resource === 'services';
  const pod = isService ? servicePod(cluster, object) : object;
  const port = containerPort(pod, isService ? servicePort(object, target.port)['targetPort'] : target.port);
  const handler = kubelet.port(pod, port);
  if (handler) return handler;
  throw new StatusError(
    'ServiceUnavailable',
    `error trying to reach service: dial tcp ${textAt(pod, 'status.podIP')}:${port}: connect: connection refused`,
  );
}

/** Answers `pods/proxy` and `services/proxy` through the port's own HTTP server. */
export function proxyToPod(cluster: Cluster, kubelet: Kubelet, call: ResourceCall): Promise<Reply> {
  const handler = findHandler(cluster, kubelet, call);
  const [near, far] = duplexPair();
  handler(far);
  const agent = new Agent();
  agent.createConnection = () => near;
  const query = call.query.toString();
  const path = `/${call.info.parts.map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new StatusError('ServiceUnavailable', `error trying to reach service: ${error.message}`));
    const outgoing = request(
      { agent, method: call.method, path, headers: { host: 'pod', 'content-length': call.body.length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          near.destroy();
          far.destroy();
          const contentType = response.headers['content-type'] ?? 'text/plain; charset=utf-8';
          resolve({ is: 'body', code: response.statusCode ?? 200, contentType, body: Buffer.concat(chunks) });
        });
      },
    );
    outgoing.on('error', fail);
    outgoing.end(call.body);
  });
}
