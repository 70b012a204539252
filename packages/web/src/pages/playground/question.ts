import type { ProxiedRequestSpec } from '@sallyport/core/api';
import { shellWord } from '../../parts/shell-word.ts';

/** Who asks for what of which cluster, as somebody types it. */
export interface Question {
  /** Empty: the reader. `serviceaccount:name` for a machine. */
  readonly as: string;
  readonly cluster: string;
  /** As kubectl would say it: `create pods/exec web-0 -n shop`, or `GET /metrics`. */
  readonly request: string;
}

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MACHINE = 'serviceaccount:';

/**
 * Reads a request: a verb, a resource (with its subresource and group, `deployments.apps/scale`), a name, and `-n` with a namespace;
 * or a method and a path. `undefined`: it is neither.
 */
export function readRequest(text: string): ProxiedRequestSpec | undefined {
  const words = text.trim().split(/\s+/);
  const [first = '', second = ''] = words;
  const method = METHODS.find((each) => each === first);
  if (method !== undefined)
    return second.startsWith('/') && words.length === 2 ? { method, target: second } : undefined;
  const flag = words.findIndex((word) => word === '-n' || word === '--namespace');
  const namespace = flag < 0 ? undefined : words[flag + 1];
  const rest = flag < 0 ? words : [...words.slice(0, flag), ...words.slice(flag + 2)];
  const [verb = '', kind = '', name, ...more] = rest;
  if (!VERBS.includes(verb) || kind === '' || more.length > 0 || (flag >= 0 && namespace === undefined))
    return undefined;
  const [plural = '', subresource] = kind.split('/');
  const [resource = '', ...group] = plural.split('.');
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(group.length > 0 && { apiGroup: group.join('.') }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}

/** Who is meant, as the API takes it; absent: the reader. */
export function subjectOf(as: string): { readonly user: string } | { readonly serviceAccount: string } | undefined {
  const name = as.trim();
  if (name === '') return undefined;
  return name.startsWith(MACHINE) ? { serviceAccount: name.slice(MACHINE.length) } : { user: name };
}

/** The same question for a terminal. */
export function explainCommand({ as, cluster, request }: Question): string {
  const subject = subjectOf(as);
  const flags = [
    cluster === '' ? '' : `-c ${shellWord(cluster)}`,
    subject === undefined
      ? ''
      : 'user' in subject
        ? `--user ${shellWord(subject.user)}`
        : `--service-account ${shellWord(subject.serviceAccount)}`,
  ].filter((flag) => flag !== '');
  return [
    'sallyport policy explain',
    ...request
      .split(/\s+/)
      .filter((word) => word !== '')
      .map(shellWord),
    ...flags,
  ].join(' ');
}
