/** A request to a cluster in the words of rules. */
export interface RuleRequest {
  readonly verb: string;
  /** Plural, with the subresource behind a slash. */
  readonly resource: string;
  readonly apiGroup?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Kinds by the words that kubectl takes for them: plural and API group. */
const KINDS: Readonly<Record<string, readonly [resource: string, apiGroup?: string]>> = {
  pod: ['pods'],
  po: ['pods'],
  service: ['services'],
  svc: ['services'],
  configmap: ['configmaps'],
  cm: ['configmaps'],
  secret: ['secrets'],
  node: ['nodes'],
  no: ['nodes'],
  namespace: ['namespaces'],
  ns: ['namespaces'],
  event: ['events'],
  ev: ['events'],
  serviceaccount: ['serviceaccounts'],
  sa: ['serviceaccounts'],
  persistentvolumeclaim: ['persistentvolumeclaims'],
  pvc: ['persistentvolumeclaims'],
  persistentvolume: ['persistentvolumes'],
  pv: ['persistentvolumes'],
  deployment: ['deployments', 'apps'],
  deploy: ['deployments', 'apps'],
  statefulset: ['statefulsets', 'apps'],
  sts: ['statefulsets', 'apps'],
  daemonset: ['daemonsets', 'apps'],
  ds: ['daemonsets', 'apps'],
  replicaset: ['replicasets', 'apps'],
  rs: ['replicasets', 'apps'],
  job: ['jobs', 'batch'],
  cronjob: ['cronjobs', 'batch'],
  cj: ['cronjobs', 'batch'],
  ingress: ['ingresses', 'networking.k8s.io'],
  ing: ['ingresses', 'networking.k8s.io'],
  networkpolicy: ['networkpolicies', 'networking.k8s.io'],
  netpol: ['networkpolicies', 'networking.k8s.io'],
  role: ['roles', 'rbac.authorization.k8s.io'],
  rolebinding: ['rolebindings', 'rbac.authorization.k8s.io'],
  clusterrole: ['clusterroles', 'rbac.authorization.k8s.io'],
  clusterrolebinding: ['clusterrolebindings', 'rbac.authorization.k8s.io'],
};
/** Kinds that belong to no namespace. */
const CLUSTER_WIDE = new Set(['nodes', 'namespaces', 'persistentvolumes', 'clusterroles', 'clusterrolebindings']);
/** Flags whose value is the next word. */
const WITH_VALUE = new Set([
  '-n',
  '--namespace',
  '-c',
  '--container',
  '-l',
  '--selector',
  '-o',
  '--output',
  '--since',
  '--tail',
  '--replicas',
  '-f',
  '-p',
  '--patch',
  '--type',
  '--image',
]);

/**
 * The request that a kubectl line would make first, as far as its words tell without the cluster: the verb, the kind, the name.
 * `undefined` where they don't: files, kinds that are not among the usual ones, commands that ask for nothing.
 */
export function requestOfKubectl(line: string, namespace: string): RuleRequest | undefined {
  const words = line.trim().split(/\s+/).filter(Boolean);
  if (words[0] === '$') words.shift();
  if (words[0] === 'kubectl' || words[0] === 'k') words.shift();
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') break;
    // Of logs alone, -f is a switch.
    const takesNext = WITH_VALUE.has(word) && !(word === '-f' && rest[0] === 'logs');
    if (!word.startsWith('-')) rest.push(word);
    else if (word.includes('=')) flags.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    else flags.set(word, takesNext ? (words[at + 1] ?? '') : '');
    if (takesNext) at += 1;
  }
  const [command = '', ...args] = rest;
  if (flags.has('-f') && command !== 'logs') return undefined;
  const isAll = flags.has('-A') || flags.has('--all-namespaces');
  const at = flags.get('-n') ?? flags.get('--namespace') ?? namespace;
  const place = isAll || at === '' ? {} : { namespace: at };

  const on = (verb: string, [first = '', second]: readonly string[], subresource = ''): RuleRequest | undefined => {
    const [kindWord = '', slashed] = first.split('/');
    const kind = kindOf(kindWord);
    if (kind === undefined) return undefined;
    const [resource, apiGroup] = kind;
    const name = slashed ?? second;
    return {
      verb: verb === 'get' && name === undefined ? 'list' : verb,
      resource: `${resource}${subresource}`,
      ...(apiGroup !== undefined && { apiGroup }),
      ...(CLUSTER_WIDE.has(resource) ? {} : place),
      ...(name !== undefined && { name }),
    };
  };
  /** What takes a pod, or something with pods, which is looked up first. */
  const onPod = (verb: string, subresource: string): RuleRequest | undefined => {
    const [target = ''] = args;
    if (target === '') return undefined;
    const name = target.includes('/')
      ? target.startsWith('pod/') || target.startsWith('po/')
        ? target.split('/')[1]
        : undefined
      : target;
    return { verb, resource: `pods/${subresource}`, ...place, ...(name !== undefined && { name }) };
  };
  switch (command) {
    case 'get':
    case 'describe':
      return flags.has('-w') || flags.has('--watch') ? on('watch', args) : on('get', args);
    case 'delete':
      return on('delete', args);
    case 'edit':
    case 'patch':
    case 'label':
    case 'annotate':
      return on('patch', args);
    case 'create':
      return on('create', [args[0] ?? '']);
    case 'scale':
      return on('patch', args, '/scale');
    case 'rollout':
      return args[0] === 'restart' || args[0] === 'undo' ? on('patch', args.slice(1)) : on('get', args.slice(1));
    case 'logs':
      return onPod('get', 'log');
    case 'exec':
    case 'cp':
      return onPod('create', 'exec');
    case 'attach':
      return onPod('create', 'attach');
    case 'port-forward':
      return onPod('create', 'portforward');
    default:
      return undefined;
  }
}

function kindOf(word: string): readonly [string, string?] | undefined {
  const lower = word.toLowerCase();
  const direct =
    KINDS[lower] ??
    KINDS[lower.replace(/ies$/, 'y')] ??
    KINDS[lower.replace(/s$/, '')] ??
    KINDS[lower.replace(/es$/, '')];
  return direct;
}
