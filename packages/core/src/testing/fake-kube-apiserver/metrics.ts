import { createHash } from 'node:crypto';
import type { Cluster, ResourceCall } from './call.ts';
import { formatTime, type Json, type KubeObject, listAt, textAt } from './objects.ts';
import { parseSelectors } from './selectors.ts';
import { notFound } from './status-error.ts';

/** A steady figure made of a name, so that `kubectl top` shows something plausible that tests can repeat. */
function figure(name: string, from: number, to: number): number {
  return from + (createHash('sha256').update(name).digest().readUInt32BE() % (to - from));
}

function metricsOf(object: KubeObject, kind: string, now: number): Json {
  const { name, namespace, labels, creationTimestamp } = object.metadata;
  const usage = (key: string, cpu: number, memory: number): Json => ({
    cpu: `${figure(`${key}/cpu`, cpu, cpu * 10)}m`,
    memory: `${figure(`${key}/memory`, memory, memory * 10)}Mi`,
  });
  const common = {
    kind,
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name, ...(namespace && { namespace }), labels, creationTimestamp },
    timestamp: formatTime(now),
    window: '15s',
  };
  if (kind === 'NodeMetrics') return { ...common, usage: usage(name, 200, 1_000) };
  return {
    ...common,
    containers: listAt(object, 'spec.containers').map((container) => {
      const container_ = textAt(container, 'name');
      return { name: container_, usage: usage(`${namespace}/${name}/${container_}`, 5, 20) };
    }),
  };
}

/** Answers `metrics.k8s.io`: nodes, and pods that run. */
export function readMetrics(cluster: Cluster, call: ResourceCall): Json {
  const { info, query } = call;
  const stored = cluster.kinds.findResource('', info.resource);
  const objects = stored ? cluster.storage.list(stored, info.namespace) : [];
  const kind = call.kind.kind;
  const isMeasured = (object: KubeObject): boolean =>
    object.kind === 'Node' || textAt(object, 'status.phase') === 'Running';
  if (call.method === 'GET' && info.verb === 'get') {
    const object = objects.find((one) => one.metadata.name === info.name && isMeasured(one));
    if (!object) throw notFound(info.resource, 'metrics.k8s.io', info.name);
    return metricsOf(object, kind, cluster.clock.now());
  }
  const isSelected = parseSelectors(query, info.resource);
  return {
    kind: `${kind}List`,
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: {},
    items: objects
      .filter((one) => isSelected(one) && isMeasured(one))
      .map((one) => metricsOf(one, kind, cluster.clock.now())),
  };
}
