/** The made-up cluster that everybody works on, in which all that is a person's lies in a namespace of their own. */
import { rbacOnly } from '@sallyport/agent/manifest';
import { createFakeKubeApiServer, type FakeKubeApiServer } from '@sallyport/core/testing';
import type { SeenRequest } from '../completeness/compare.ts';
import { namespaceOf, wrongIdentity } from './invariants.ts';

/** Name of the one pod of each namespace: it talks to its log, and sends back what comes to its port 7. */
export const POD = 'pod';
export const ECHO_PORT = 7;
/** ConfigMaps of each namespace that nobody changes: `keep-0` and so on. */
export const KEPT = 20;
/** Bytes of the list of secrets in each namespace: more than fits into the buffers on the way. */
const BULK = { count: 24, bytes: 96 * 1_024 } as const;
const ACCOUNT = { name: 'system:serviceaccount:sallyport:sallyport-agent', token: 'agent-token' };
/** What the fake meets when a connection under one of its requests is cut; everything else is a fault of its own. */
const CUT = /aborted|reset|premature close|ECONN|EPIPE|stream.*(closed|destroyed)|write after end/i;

/** The cluster, and what it saw. */
export interface WorkedOnCluster {
  readonly cluster: FakeKubeApiServer;
  /** What agents asked for in somebody's name, since the start. */
  readonly seen: readonly SeenRequest[];
  /** Long ones that have begun and not ended. */
  openCount(): number;
}

/** Starts it. `onViolation` hears of each request that is not made as the person in whose namespace it is. */
export async function startCluster(
  people: readonly string[],
  onViolation: (sentence: string) => void,
): Promise<WorkedOnCluster> {
  const cluster = createFakeKubeApiServer({
    users: [ACCOUNT],
    isRecording: false,
    onUnexpected: (error) => {
      if (!CUT.test(String(error))) onViolation(`the cluster itself failed: ${String(error)}`);
    },
  });
  for (const object of rbacOnly({ ceiling: ['view', 'edit', 'cluster-admin'] })) cluster.put(object);
  for (const person of people) furnish(cluster, namespaceOf(person));
  await cluster.listen();
  const seen: SeenRequest[] = [];
  const open = new Set<string>();
  void cluster.audit.waitFor(({ auditID, stage, verb, requestURI, impersonatedUser }) => {
    if (stage === 'ResponseStarted') open.add(auditID);
    else open.delete(auditID);
    const user = impersonatedUser?.['username'];
    if (user === undefined) return false;
    seen.push({ auditId: auditID, stage, what: `${verb} ${requestURI.slice(0, 200)}` });
    if (stage === 'ResponseComplete')
      for (const fault of wrongIdentity({ user: String(user), target: requestURI })) onViolation(fault);
    return false;
  });
  return { cluster, seen, openCount: () => open.size };
}

/** Makes the kubeconfig of the agents' account for the cluster behind another port of 127.0.0.1. */
export function kubeconfigBehind(cluster: FakeKubeApiServer): (port: number) => string {
  return (port) => cluster.kubeconfig(ACCOUNT).replaceAll(cluster.url, `https://127.0.0.1:${port}`);
}

function furnish(cluster: FakeKubeApiServer, namespace: string): void {
  cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const script = `i=0; while true; do i=$((i+1)); echo "${namespace} tick $i"; sleep 1; done`;
  const container = {
    name: 'main',
    image: 'busybox',
    command: ['sh', '-c', script],
    ports: [{ containerPort: ECHO_PORT }],
  };
  cluster.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: POD, namespace }, spec: { containers: [container] } });
  for (let i = 0; i < KEPT; i += 1) {
    const metadata = { name: `keep-${i}`, namespace };
    cluster.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { owner: namespace } });
  }
  for (let i = 0; i < BULK.count; i += 1) {
    const metadata = { name: `bulk-${i}`, namespace };
    cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata, data: { text: 'x'.repeat(BULK.bytes) } });
  }
}
