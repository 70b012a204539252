import { isDeepStrictEqual } from 'node:util';
import { CoreError } from '../errors.ts';
import { type EntryEdit, editKubeconfig, type ParsedKubeconfig, parseKubeconfig, type Section } from './document.ts';
import { isRecord, isSameOwner, readOwner } from './owner.ts';
import type { Kubeconfig, KubeconfigOwner } from './types.ts';

const SECTIONS: readonly Section[] = ['clusters', 'users', 'contexts'];

/**
 * Puts minted entries into the text of a kubeconfig. An entry of ours for the same cluster is replaced where it stands and
 * keeps the name it was given since, and a context its namespace. Foreign entries are never touched, not even one that
 * bears a name of ours: ours then gets a number behind its name. All other bytes (comments, order, quotes) stay as they
 * are, unless the lists are written in flow style.
 * @param existing text of the file; `''` for a file that is not there
 * @throws CoreError `ERR_KUBECONFIG_MALFORMED`
 */
export function mergeKubeconfig(existing: string, minted: Kubeconfig): string {
  const parsed = parseKubeconfig(existing);
  const edits: EntryEdit[] = [];
  const place = (section: Section, entry: { readonly name: string }) => {
    const owner = readOwner(entry);
    const at = parsed.entries[section].findIndex((other) => isSameOwner(readOwner(other), owner));
    return { at: at === -1 ? undefined : at, name: at === -1 ? undefined : nameOf(parsed.entries[section][at]) };
  };
  const put = (section: Section, at: number | undefined, entry: { readonly name: string }) => {
    edits.push(at === undefined ? { section, entry } : { section, at, entry });
  };

  let current: string | undefined;
  minted.contexts.forEach((context, i) => {
    const cluster = minted.clusters[i];
    const user = minted.users[i];
    if (cluster === undefined || user === undefined) return;
    const taken = (section: Section) =>
      new Set([
        ...parsed.entries[section].map(nameOf),
        ...edits.filter((edit) => edit.section === section).map((edit) => edit.entry?.name),
      ]);
    const clusterPlace = place('clusters', cluster);
    const clusterName = clusterPlace.name ?? freeName(cluster.name, taken('clusters'));
    put('clusters', clusterPlace.at, { ...cluster, name: clusterName });
    const userPlace = place('users', user);
    const userName = userPlace.name ?? freeName(user.name, taken('users'));
    put('users', userPlace.at, { ...user, name: userName });
    const contextPlace = place('contexts', context);
    const contextName = contextPlace.name ?? freeName(context.name, taken('contexts'));
    const namespace =
      context.context.namespace ??
      (contextPlace.at === undefined ? undefined : namespaceOf(parsed.entries.contexts[contextPlace.at]));
    const { extensions } = context.context;
    put('contexts', contextPlace.at, {
      name: contextName,
      context: { cluster: clusterName, user: userName, ...(namespace !== undefined && { namespace }), extensions },
    } as { readonly name: string });
    if (context.name === minted['current-context']) current = contextName;
  });
  const needed = edits.filter(
    ({ section, at, entry }) => at === undefined || !isDeepStrictEqual(parsed.entries[section][at], entry),
  );
  return checked(parsed, editKubeconfig(parsed, needed, current));
}

/** What {@link removeFromKubeconfig} did. */
export interface KubeconfigRemoval {
  readonly text: string;
  /** Names that the removed contexts had in the file. */
  readonly removedContexts: readonly string[];
  /** Whose the removed users were. */
  readonly removedUsers: readonly KubeconfigOwner[];
  /** Foreign contexts that used a removed cluster or user, and now lead nowhere. They are left as they are. */
  readonly danglingContexts: readonly string[];
}

/**
 * Takes entries of ours out of the text of a kubeconfig, under whatever name they stand. When the current context is among
 * them, there is none afterwards. Foreign entries and all other bytes stay.
 * @param matches which of our entries to take; by default all
 * @throws CoreError `ERR_KUBECONFIG_MALFORMED`
 */
export function removeFromKubeconfig(
  existing: string,
  matches: (owner: KubeconfigOwner) => boolean = () => true,
): KubeconfigRemoval {
  const parsed = parseKubeconfig(existing);
  const ownerOf = (entry: unknown) => {
    const owner = readOwner(entry);
    return owner !== undefined && matches(owner) ? owner : undefined;
  };
  const isOurs = (entry: unknown) => ownerOf(entry) !== undefined;
  const edits = SECTIONS.flatMap((section) =>
    parsed.entries[section].flatMap((entry, at): EntryEdit[] => (isOurs(entry) ? [{ section, at }] : [])),
  );
  const removed = (section: Section) => parsed.entries[section].filter(isOurs).map(nameOf);
  const removedContexts = removed('contexts').filter((name) => name !== undefined);
  const gone = { cluster: new Set(removed('clusters')), user: new Set(removed('users')) };
  const danglingContexts = parsed.entries.contexts.flatMap((entry) => {
    const body = isRecord(entry) && !isOurs(entry) ? entry['context'] : undefined;
    if (!isRecord(body)) return [];
    const isDangling = gone.cluster.has(body['cluster'] as string) || gone.user.has(body['user'] as string);
    return isDangling ? [nameOf(entry) ?? ''] : [];
  });
  const current = removedContexts.includes(parsed.currentContext) ? '' : undefined;
  return {
    text: checked(parsed, editKubeconfig(parsed, edits, current)),
    removedContexts,
    removedUsers: parsed.entries.users.map(ownerOf).filter((owner) => owner !== undefined),
    danglingContexts,
  };
}

/** A context of ours in a kubeconfig. */
export interface OwnedContext {
  /** The name it has in the file. */
  readonly name: string;
  readonly owner: KubeconfigOwner;
  readonly namespace?: string;
  readonly isCurrent: boolean;
}

/**
 * The contexts of ours in the text of a kubeconfig, in their order.
 * @throws CoreError `ERR_KUBECONFIG_MALFORMED`
 */
export function listOwnedContexts(existing: string): readonly OwnedContext[] {
  const { entries, currentContext } = parseKubeconfig(existing);
  return entries.contexts.flatMap((entry) => {
    const owner = readOwner(entry);
    const name = nameOf(entry);
    if (owner === undefined || name === undefined) return [];
    const namespace = namespaceOf(entry);
    return [{ name, owner, ...(namespace !== undefined && { namespace }), isCurrent: name === currentContext }];
  });
}

/**
 * Makes `contextName` the current context.
 * @throws CoreError `ERR_KUBECONFIG_MALFORMED`; `ERR_KUBECONFIG_CONTEXT` when there is no such context
 */
export function selectContext(existing: string, contextName: string): string {
  const parsed = parseKubeconfig(existing);
  if (!parsed.entries.contexts.some((entry) => nameOf(entry) === contextName)) {
    throw new CoreError({
      code: 'ERR_KUBECONFIG_CONTEXT',
      message: `the kubeconfig has no context ${JSON.stringify(contextName)}`,
      nextStep: 'List the contexts with: kubectl config get-contexts -o name',
    });
  }
  return checked(parsed, editKubeconfig(parsed, [], contextName));
}

function nameOf(entry: unknown): string | undefined {
  return isRecord(entry) && typeof entry['name'] === 'string' ? entry['name'] : undefined;
}

function namespaceOf(entry: unknown): string | undefined {
  const body = isRecord(entry) ? entry['context'] : undefined;
  return isRecord(body) && typeof body['namespace'] === 'string' ? body['namespace'] : undefined;
}

function freeName(wanted: string, taken: ReadonlySet<string | undefined>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}-${n}`;
  return name;
}

/** The result, once it was read back and every foreign entry found unchanged: a slip must never cost somebody's access. */
function checked(before: ParsedKubeconfig, text: string): string {
  const after = parseKubeconfig(text);
  for (const section of SECTIONS) {
    const foreign = (parsed: ParsedKubeconfig) =>
      parsed.entries[section].filter((entry) => readOwner(entry) === undefined);
    if (isDeepStrictEqual(foreign(before), foreign(after))) continue;
    throw new CoreError({
      code: 'ERR_KUBECONFIG_MALFORMED',
      message: `kubeconfig is written in a form that can't be changed without touching foreign ${section}`,
      nextStep: 'Point KUBECONFIG at another file, or write this one anew with: kubectl config view --raw',
    });
  }
  return text;
}
