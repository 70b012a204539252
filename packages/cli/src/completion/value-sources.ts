import type { KindName } from '@sallyport/core/api';
import { KIND_TOPICS } from '../command-loaders.ts';
import { type AccessList, accessSource } from './access-lists.ts';
import type { FlagShape } from './complete.ts';
import { SHELLS } from './shells.ts';

/** Where the values of a flag or argument come from. */
export type ValueSource =
  | { readonly from: 'nowhere' }
  | { readonly from: 'files' }
  | { readonly from: 'options'; readonly options: readonly string[] }
  | { readonly from: 'profiles' | 'servers' | 'accounts' }
  /** Ids of access requests or grants, or roles that can be asked for. */
  | { readonly from: 'access'; readonly list: AccessList }
  /** Words of kinds; with a slash behind them, names of their resources. */
  | { readonly from: 'kinds' }
  /** Names of the resources of a kind, or of the kind that a word stands for. */
  | { readonly from: 'names'; readonly kind: KindName }
  | { readonly from: 'names'; readonly word: string };

const NOWHERE: ValueSource = { from: 'nowhere' };
const OUTPUTS = ['table', 'wide', 'json', 'yaml', 'name', 'jsonpath='];

// What a value is by convention: a flag or argument of this name means this everywhere.
const BY_NAME: Readonly<Record<string, ValueSource>> = {
  account: { from: 'accounts' },
  cluster: { from: 'names', kind: 'Cluster' },
  filename: { from: 'files' },
  group: { from: 'names', kind: 'Group' },
  kind: { from: 'kinds' },
  output: { from: 'options', options: OUTPUTS },
  profile: { from: 'profiles' },
  project: { from: 'names', kind: 'Project' },
  role: { from: 'names', kind: 'Role' },
  server: { from: 'servers' },
  shell: { from: 'options', options: SHELLS },
  user: { from: 'names', kind: 'User' },
};
const ceilings: ValueSource = { from: 'options', options: ['view', 'edit', 'admin', 'cluster-admin'] };

// Verbs whose argument is a name that nothing has yet.
const MAKERS: ReadonlySet<string> = new Set(['create', 'register', 'invite', 'login']);

/** Where the values of a flag come from: its options, files, or what its name means in this command or everywhere. */
export function valueSourceOfFlag(id: string, { name, options, helpValue }: FlagShape): ValueSource {
  if (options !== undefined) return { from: 'options', options };
  if (name === 'ceiling') return ceilings;
  const help = String(helpValue ?? '');
  if (/^(FILE|DIR|FOLDER)$/.test(help) || name.endsWith('-file')) return { from: 'files' };
  return accessSource(id, name) ?? BY_NAME[name] ?? NOWHERE;
}

/**
 * Where the values of an argument come from. In the topic of a kind, `name` is the name of one of its resources, unless the
 * verb makes one; behind an argument called `kind` stand names of that kind.
 */
export function valueSourceOfArgument(id: string, argument: string, positionals: readonly string[]): ValueSource {
  const parts = id.split(':');
  const [topic = ''] = parts;
  const verb = parts.at(-1) ?? '';
  const [word] = positionals;
  if (argument === 'kind' && word !== undefined) {
    if (id === 'export') return { from: 'kinds' };
    return word.includes('/') ? { from: 'kinds' } : { from: 'names', word };
  }
  if (id === 'kube:use') return { from: 'names', kind: 'Cluster' };
  if (argument === 'name') {
    const isKind = Object.hasOwn(KIND_TOPICS, topic);
    // `clusters join-tokens create NAME` makes a token, and the name in front is that of a cluster.
    const isNew = MAKERS.has(verb) && (parts.length === 2 || positionals.length > 0);
    if (!isKind || isNew) return NOWHERE;
    return { from: 'names', kind: KIND_TOPICS[topic as keyof typeof KIND_TOPICS] };
  }
  if (argument === 'account' && topic === 'service-accounts') return { from: 'names', kind: 'ServiceAccount' };
  if (argument === 'server' && verb === 'login') return { from: 'servers' };
  return accessSource(id, argument) ?? BY_NAME[argument] ?? NOWHERE;
}
