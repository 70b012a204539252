import { type Json, jsonAt, type KubeObject, listAt, mapAt, numberAt, textAt, textsAt } from './objects.ts';
import { podReady, podRestarts, podStatusText } from './table-pods.ts';
import { formatAge, formatDurationShort, formatLabels, formatSelector } from './table-text.ts';

/** A column of a server-side table, with how its cells are made. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly cell: (object: KubeObject, now: number) => unknown;
}

type Cell = Column['cell'];

/** `Name:type/priority`, the type string and the priority 0 by default. */
function column(header: string, cell: Cell): Column {
  const match = /^([^:/]+)(?::(\w+))?(?:\/(\d))?$/.exec(header);
  const [, name = header, type = 'string', priority = '0'] = match ?? [];
  return { name, type, format: name === 'Name' ? 'name' : '', description: name, priority: Number(priority), cell };
}

const name = column('Name', (object) => object.metadata.name);
const age = column('Age', (object, now) => formatAge(object.metadata.creationTimestamp, now));
const createdAt = column('Created At:date', (object) => object.metadata.creationTimestamp ?? '');
const containers = column('Containers/1', (object) =>
  listAt(object, 'spec.template.spec.containers')
    .map((one) => textAt(one, 'name'))
    .join(','),
);
const images = column('Images/1', (object) =>
  listAt(object, 'spec.template.spec.containers')
    .map((one) => textAt(one, 'image'))
    .join(','),
);
const selector = column('Selector/1', (object) => formatSelector(jsonAt(object, 'spec.selector')));
const count =
  (path: string): Cell =>
  (object) =>
    numberAt(object, path);
const text =
  (path: string, none = '<none>'): Cell =>
  (object) =>
    textAt(object, path) || none;
const size =
  (path: string): Cell =>
  (object) =>
    Object.keys(jsonAt(object, path)).length;

function subjects(kind: string): Cell {
  return (object) =>
    listAt(object, 'subjects')
      .filter((subject) => subject['kind'] === kind)
      .map((subject) =>
        kind === 'ServiceAccount'
          ? `${textAt(subject, 'namespace')}/${textAt(subject, 'name')}`
          : textAt(subject, 'name'),
      )
      .join(', ');
}

const role = column('Role', (object) => `${textAt(object, 'roleRef.kind')}/${textAt(object, 'roleRef.name')}`);
const bindingColumns = [
  name,
  role,
  age,
  column('Users/1', subjects('User')),
  column('Groups/1', subjects('Group')),
  column('ServiceAccounts/1', subjects('ServiceAccount')),
];

function nodeStatus(object: KubeObject): string {
  const ready = listAt(object, 'status.conditions').find((one) => one['type'] === 'Ready');
  const status = ready?.['status'] === 'True' ? 'Ready' : ready ? 'NotReady' : 'Unknown';
  return jsonAt(object, 'spec')['unschedulable'] === true ? `${status},SchedulingDisabled` : status;
}

function nodeRoles(object: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(object.metadata.labels ?? {})
    .filter((label) => label.startsWith(prefix))
    .map((label) => label.slice(prefix.length));
  return roles.sort().join(',') || '<none>';
}

const nodeAddress =
  (type: string): Cell =>
  (object) =>
    textAt(
      listAt(object, 'status.addresses').find((one) => one['type'] === type),
      'address',
      '<none>',
    );

function servicePorts(object: KubeObject): string {
  const ports = listAt(object, 'spec.ports').map((port) => {
    const nodePort = numberAt(port, 'nodePort');
    return `${numberAt(port, 'port')}${nodePort ? `:${nodePort}` : ''}/${textAt(port, 'protocol', 'TCP')}`;
  });
  return ports.join(',') || '<none>';
}

function serviceExternal(object: KubeObject): string {
  const addresses = [
    ...listAt(object, 'status.loadBalancer.ingress').map((one) => textAt(one, 'ip') || textAt(one, 'hostname')),
    ...textsAt(object, 'spec.externalIPs'),
  ];
  if (textAt(object, 'spec.type') === 'ExternalName') return textAt(object, 'spec.externalName');
  if (addresses.length > 0) return addresses.join(',');
  return textAt(object, 'spec.type') === 'LoadBalancer' ? '<pending>' : '<none>';
}

function jobStatus(object: KubeObject): string {
  const has = (type: string) =>
    listAt(object, 'status.conditions').some((one) => one['type'] === type && one['status'] === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  return has('Suspended') ? 'Suspended' : 'Running';
}

function jobDuration(object: KubeObject, now: number): string {
  const start = textAt(object, 'status.startTime');
  if (start === '') return '';
  const end = textAt(object, 'status.completionTime');
  return formatDurationShort((end === '' ? now : Date.parse(end)) - Date.parse(start));
}

const readyOf: Cell = (object) => `${numberAt(object, 'status.readyReplicas')}/${numberAt(object, 'spec.replicas')}`;

const involved = (object: Json): string =>
  `${textAt(object, 'involvedObject.kind').toLowerCase()}/${textAt(object, 'involvedObject.name')}`;

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    name,
    column('Ready', podReady),
    column('Status', podStatusText),
    column('Restarts', podRestarts),
    age,
    column('IP/1', text('status.podIP')),
    column('Node/1', text('spec.nodeName')),
    column('Nominated Node/1', text('status.nominatedNodeName')),
    column('Readiness Gates/1', () => '<none>'),
  ],
  nodes: [
    name,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    age,
    column('Version', text('status.nodeInfo.kubeletVersion')),
    column('Internal-IP/1', nodeAddress('InternalIP')),
    column('External-IP/1', nodeAddress('ExternalIP')),
    column('OS-Image/1', text('status.nodeInfo.osImage')),
    column('Kernel-Version/1', text('status.nodeInfo.kernelVersion')),
    column('Container-Runtime/1', text('status.nodeInfo.containerRuntimeVersion')),
  ],
  'deployments.apps': [
    name,
    column('Ready', readyOf),
    column('Up-to-date:integer', count('status.updatedReplicas')),
    column('Available:integer', count('status.availableReplicas')),
    age,
    containers,
    images,
    selector,
  ],
  'replicasets.apps': [
    name,
    column('Desired:integer', count('spec.replicas')),
    column('Current:integer', count('status.replicas')),
    column('Ready:integer', count('status.readyReplicas')),
    age,
    containers,
    images,
    selector,
  ],
  'daemonsets.apps': [
    name,
    column('Desired:integer', count('status.desiredNumberScheduled')),
    column('Current:integer', count('status.currentNumberScheduled')),
    column('Ready:integer', count('status.numberReady')),
    column('Up-to-date:integer', count('status.updatedNumberScheduled')),
    column('Available:integer', count('status.numberAvailable')),
    column('Node Selector', (object) => formatLabels(mapAt(object, 'spec.template.spec.nodeSelector'))),
    age,
    containers,
    images,
    selector,
  ],
  'statefulsets.apps': [name, column('Ready', readyOf), age, containers, images],
  'jobs.batch': [
    name,
    column('Status', jobStatus),
    column(
      'Completions',
      (object) => `${numberAt(object, 'status.succeeded')}/${numberAt(object, 'spec.completions', 1)}`,
    ),
    column('Duration', jobDuration),
    age,
    containers,
    images,
    selector,
  ],
  'cronjobs.batch': [
    name,
    column('Schedule', text('spec.schedule')),
    column('Timezone', text('spec.timeZone')),
    column('Suspend', (object) => (jsonAt(object, 'spec')['suspend'] === true ? 'True' : 'False')),
    column('Active:integer', (object) => listAt(object, 'status.active').length),
    column('Last Schedule', (object, now) => {
      const last = textAt(object, 'status.lastScheduleTime');
      return last === '' ? '<none>' : formatAge(last, now);
    }),
    age,
  ],
  services: [
    name,
    column('Type', text('spec.type')),
    column('Cluster-IP', text('spec.clusterIP')),
    column('External-IP', serviceExternal),
    column('Port(s)', servicePorts),
    age,
    column('Selector/1', (object) => formatLabels(mapAt(object, 'spec.selector'))),
  ],
  namespaces: [name, column('Status', text('status.phase')), age],
  configmaps: [name, column('Data:integer', (o) => Number(size('data')(o, 0)) + Number(size('binaryData')(o, 0))), age],
  secrets: [name, column('Type', text('type')), column('Data:integer', size('data')), age],
  serviceaccounts: [name, column('Secrets:integer', (object) => listAt(object, 'secrets').length), age],
  events: [
    column('Last Seen', (object, now) =>
      formatAge(
        textAt(object, 'lastTimestamp') || textAt(object, 'eventTime') || object.metadata.creationTimestamp,
        now,
      ),
    ),
    column('Type', text('type', '')),
    column('Reason', text('reason', '')),
    column('Object', involved),
    column('Subobject/1', text('involvedObject.fieldPath', '')),
    column('Source/1', (object) =>
      [textAt(object, 'source.component'), textAt(object, 'source.host')].filter(Boolean).join(', '),
    ),
    column('Message', (object) => textAt(object, 'message').trim()),
    column('First Seen/1', (object, now) =>
      formatAge(textAt(object, 'firstTimestamp') || object.metadata.creationTimestamp, now),
    ),
    column('Count:integer/1', (object) => numberAt(object, 'count', 1)),
    column('Name/1', (object) => object.metadata.name),
  ],
  'roles.rbac.authorization.k8s.io': [name, createdAt],
  'clusterroles.rbac.authorization.k8s.io': [name, createdAt],
  'rolebindings.rbac.authorization.k8s.io': bindingColumns,
  'clusterrolebindings.rbac.authorization.k8s.io': bindingColumns,
  'customresourcedefinitions.apiextensions.k8s.io': [name, createdAt],
};

/** Columns of a built-in resource; `undefined` for those that show name and age only. */
export function columnsOf(resource: string): readonly Column[] | undefined {
  return COLUMNS[resource];
}
