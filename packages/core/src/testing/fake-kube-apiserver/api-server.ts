import type { Clock } from '../../clock.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';
import { type Authenticate, createAuthenticator, type FakeKubeUser } from './authenticate.ts';
import type { Call, Cluster, Reply, ResourceCall } from './call.ts';
import { createControllers } from './controllers.ts';
import { createCustomResources } from './custom-resources.ts';
import { defaultRbacObjects } from './default-roles.ts';
import { createEventReporter } from './event-reporter.ts';
import { createKindRegistry, type ResourceKind } from './kinds.ts';
import { createKubelet, type FakeImage, type Kubelet } from './kubelet.ts';
import { handleNonResource, type VersionInfo } from './non-resource-api.ts';
import type { KubeObject } from './objects.ts';
import { readPodLog } from './pod-log.ts';
import { proxyToPod } from './pod-proxy.ts';
import { createRbac, type Rbac } from './rbac.ts';
import type { RecordedRequest } from './recording.ts';
import { handleResource } from './resource-api.ts';
import { createServiceAccountTokens } from './service-account-tokens.ts';
import { runShell } from './shell.ts';
import { StatusError } from './status-error.ts';
import { createStorage } from './storage.ts';

/** The API server behind its transports. */
export interface ApiServer {
  readonly cluster: Cluster;
  readonly kubelet: Kubelet;
  readonly audit: AuditLog;
  readonly requests: readonly RecordedRequest[];
  /** Keeps the record of a request, when requests are recorded. */
  keep(request: RecordedRequest): void;
  readonly authenticate: Authenticate;
  readonly rbac: Rbac;
  readonly now: () => number;
  readonly onUnexpected: (error: unknown) => void;
  /** Answers an admitted request. @throws StatusError */
  handle(call: Call): Reply | Promise<Reply>;
  /** Stores an object as if a component of the cluster had made it. */
  put(object: KubeObject): KubeObject;
  close(): void;
}

/** What {@link createApiServer} takes. */
export interface ApiServerOptions {
  readonly clock: Clock;
  readonly users: readonly FakeKubeUser[];
  readonly version: VersionInfo;
  readonly images: Readonly<Record<string, FakeImage>>;
  readonly nodes: readonly string[];
  /** Keep every request and audit event in memory. */
  readonly isRecording: boolean;
  readonly address: () => string;
  readonly onUnexpected: (error: unknown) => void;
}

const ISSUER = 'https://kubernetes.default.svc';

/** Creates the API server with an empty cluster: nodes, default namespaces and roles. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { clock } = options;
  const storage = createStorage(clock);
  const kinds = createKindRegistry();
  const rbac = createRbac(storage, kinds);
  const tokens = createServiceAccountTokens(clock, ISSUER);
  const requests: RecordedRequest[] = [];
  let nextIp = 10;
  let nextPort = 30_000;
  const cluster: Cluster = {
    clock,
    storage,
    kinds,
    rbac,
    tokens,
    allocate: {
      clusterIp: () => `10.96.${Math.floor(nextIp / 250) % 250}.${nextIp++ % 250}`,
      nodePort: () => nextPort++,
    },
  };
  const kubelet = createKubelet({
    cluster,
    run: runShell,
    images: options.images,
    report: createEventReporter(cluster, 'kubelet'),
  });
  const controllers = createControllers(cluster);
  const custom = createCustomResources(cluster);
  storage.subscribe((event) => {
    custom.onEvent(event);
    controllers.onEvent(event);
    kubelet.onEvent(event);
  });
  const nonResource = {
    cluster,
    version: options.version,
    address: options.address,
    customSchemas: () => custom.schemas,
  };

  function put(object: KubeObject): KubeObject {
    const kind = kinds.findKind(object.apiVersion, object.kind);
    if (!kind) throw new StatusError('NotFound', `no kind ${object.kind} in ${object.apiVersion}`);
    return storage.create(kind, object);
  }

  for (const object of [...bootstrapObjects(options.nodes, options.version), ...defaultRbacObjects()]) put(object);

  return {
    cluster,
    kubelet,
    audit: createAuditLog(clock, options.isRecording),
    requests,
    keep(request) {
      if (options.isRecording) requests.push(request);
    },
    authenticate: createAuthenticator({ users: options.users, tokens, audiences: [ISSUER], clock }),
    rbac,
    now: () => clock.now(),
    onUnexpected: options.onUnexpected,
    put,
    handle(call) {
      const { info } = call;
      if (!info.isResource) return handleNonResource(nonResource, call);
      const kind: ResourceKind | undefined = kinds.find(info.group, info.version, info.resource);
      if (!kind) throw new StatusError('NotFound', 'the server could not find the requested resource');
      // For `namespaces/x` the request info names x as the namespace too; the object itself has none.
      const resourceCall: ResourceCall = { ...call, kind, info: kind.namespaced ? info : { ...info, namespace: '' } };
      if (info.subresource === 'log' && kind.resource === 'pods') return readPodLog(cluster, kubelet, resourceCall);
      if (info.subresource === 'proxy') return proxyToPod(cluster, kubelet, resourceCall);
      if (kind.resource === 'pods' && ['exec', 'attach', 'portforward'].includes(info.subresource)) {
        throw new StatusError('BadRequest', 'Upgrade request required');
      }
      return handleResource(cluster, resourceCall);
    },
    close() {
      controllers.close();
      kubelet.close();
    },
  };
}

function bootstrapObjects(nodes: readonly string[], version: VersionInfo): KubeObject[] {
  const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map(
    (name): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    }),
  );
  return [...namespaces, ...nodes.map((name, i) => node(name, i, version)), kubernetesService()];
}

function kubernetesService(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      sessionAffinity: 'None',
    },
    status: { loadBalancer: {} },
  };
}

function node(name: string, index: number, version: VersionInfo): KubeObject {
  const capacity = { cpu: '8', memory: '16Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        ...(index === 0 && { 'node-role.kubernetes.io/control-plane': '' }),
      },
    },
    spec: { podCIDR: `10.1.${index}.0/24` },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: 'InternalIP', address: `192.168.0.${10 + index}` },
        { type: 'Hostname', address: name },
      ],
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
      ],
      nodeInfo: {
        kubeletVersion: version.gitVersion,
        osImage: 'Fake Linux',
        kernelVersion: '6.12.0',
        containerRuntimeVersion: 'fake://1.0',
        architecture: 'amd64',
        operatingSystem: 'linux',
      },
    },
  };
}
