import { isJson, type Json, jsonAt, type KubeObject, listAt, textAt } from './objects.ts';

/** Fills in what kube-apiserver fills in for the kinds that controllers and kubectl look at. Changes the object in place. */
export function applyDefaults(
  object: KubeObject,
  allocate: { readonly clusterIp: () => string; readonly nodePort: () => number },
): void {
  const spec = isJson(object['spec']) ? object['spec'] : undefined;
  switch (object.kind) {
    case 'Pod':
      if (spec) defaultPodSpec(spec);
      fill(object, { status: { phase: 'Pending', qosClass: 'BestEffort' } });
      break;
    case 'Deployment':
      if (spec) {
        fill(spec, {
          replicas: 1,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
          revisionHistoryLimit: 10,
          progressDeadlineSeconds: 600,
        });
      }
      defaultTemplate(spec);
      break;
    case 'ReplicaSet':
      if (spec) fill(spec, { replicas: 1 });
      defaultTemplate(spec);
      break;
    case 'StatefulSet':
      if (spec)
        fill(spec, {
          replicas: 1,
          podManagementPolicy: 'OrderedReady',
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
          revisionHistoryLimit: 10,
        });
      defaultTemplate(spec);
      break;
    case 'DaemonSet':
      if (spec)
        fill(spec, {
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
          revisionHistoryLimit: 10,
        });
      defaultTemplate(spec);
      break;
    case 'Job':
      if (spec)
        fill(spec, { parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false });
      defaultTemplate(spec);
      break;
    case 'Service':
      if (spec) defaultService(spec, allocate);
      break;
    case 'Secret':
      fill(object, { type: 'Opaque' });
      mergeStringData(object);
      break;
    case 'Namespace':
      fill(object, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
      object.metadata.labels = { 'kubernetes.io/metadata.name': object.metadata.name, ...object.metadata.labels };
      break;
    case 'Role':
    case 'ClusterRole':
      if (object['rules'] === undefined) object['rules'] = null;
      break;
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      for (const subject of listAt(object, 'subjects')) {
        if (subject['kind'] !== 'ServiceAccount') fill(subject, { apiGroup: 'rbac.authorization.k8s.io' });
      }
      fill(jsonAt(object, 'roleRef'), { apiGroup: 'rbac.authorization.k8s.io' });
      break;
  }
}

function fill(target: Json, defaults: Json): void {
  for (const [key, value] of Object.entries(defaults))
    if (target[key] === undefined) target[key] = structuredClone(value);
}

function defaultTemplate(spec: Json | undefined): void {
  const podSpec = jsonAt(spec, 'template.spec');
  if (Object.keys(podSpec).length > 0) defaultPodSpec(podSpec);
}

function defaultPodSpec(spec: Json): void {
  fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
    const tagged = /:(?!latest$)[^/]+$/.test(textAt(container, 'image'));
    fill(container, {
      imagePullPolicy: tagged ? 'IfNotPresent' : 'Always',
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    });
    for (const port of listAt(container, 'ports')) fill(port, { protocol: 'TCP' });
  }
}

function defaultService(
  spec: Json,
  allocate: { readonly clusterIp: () => string; readonly nodePort: () => number },
): void {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' });
  for (const port of listAt(spec, 'ports')) {
    fill(port, { protocol: 'TCP', targetPort: port['port'] });
    if (spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer') fill(port, { nodePort: allocate.nodePort() });
  }
  if (spec['type'] === 'ExternalName') return;
  if (spec['clusterIP'] === undefined || spec['clusterIP'] === '') spec['clusterIP'] = allocate.clusterIp();
  fill(spec, { clusterIPs: [spec['clusterIP']], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
}

function mergeStringData(object: KubeObject): void {
  const stringData = object['stringData'];
  if (!isJson(stringData)) return;
  const data = { ...jsonAt(object, 'data') };
  for (const [key, value] of Object.entries(stringData)) data[key] = Buffer.from(String(value)).toString('base64');
  object['data'] = data;
  delete object['stringData'];
}
