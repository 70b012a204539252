import { nearestName } from '@sallyport/core';
import { API_VERSION, type KindName, kinds } from '@sallyport/core/api';
import { CliError } from '../errors.ts';

/** Names of all kinds, in the order in which documents must be applied. */
export const KIND_NAMES = Object.keys(kinds) as readonly KindName[];

/** The kinds that an application of documents takes, in that order. Those above organizations are no part of one. */
export const APPLIED_KINDS: readonly KindName[] = KIND_NAMES.filter((kind) => kinds[kind].level === 'organization');

/** The word for one resource of a kind, as it stands in front of names: `service-account`. */
export function singularOf(kind: KindName): string {
  const [word = kind.toLowerCase()]: readonly string[] = kinds[kind].aliases;
  return word;
}

/** {@link singularOf} a kind that the server named; one that only a newer server knows keeps its name. */
export function wordOfKind(kind: string): string {
  const known = KIND_NAMES.find((name) => name === kind);
  return known === undefined ? kind : singularOf(known);
}

/** Every word that the command line takes for a kind. */
export function wordsOf(kind: KindName): readonly string[] {
  const { collection, aliases } = kinds[kind];
  return [...new Set([collection, singularOf(kind), ...aliases, kind.toLowerCase(), `${kind.toLowerCase()}s`])];
}

/**
 * The kind that a word stands for, in any letter case.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function kindOfWord(word: string): KindName {
  const typed = word.toLowerCase();
  const kind = KIND_NAMES.find((name) => wordsOf(name).includes(typed));
  if (kind !== undefined) return kind;
  const guess = nearestName(
    typed,
    KIND_NAMES.map((name) => kinds[name].collection),
  );
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `there is no kind ${JSON.stringify(word.slice(0, 64))}`,
    nextStep:
      guess === undefined
        ? `Choose from ${KIND_NAMES.map((name) => kinds[name].collection).join(', ')}.`
        : `Did you mean ${JSON.stringify(guess)}?`,
  });
}

/** A resource as a person names it. */
export interface ResourceName {
  readonly kind: KindName;
  readonly name: string;
}

/**
 * Reads `KIND NAME…` or `KIND/NAME…`, as `-o name` prints them. A word with a slash is taken for the latter only where
 * no kind stands in front: names of people and groups may hold slashes.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function parseResourceNames(words: readonly string[]): {
  readonly kinds: readonly KindName[];
  readonly names: readonly ResourceName[];
} {
  const [first = '', ...rest] = words;
  if (!first.includes('/')) {
    const found = first.split(',').map(kindOfWord);
    const [kind, ...others] = found;
    if (kind === undefined || (others.length > 0 && rest.length > 0)) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: 'names of several kinds at once need their kind in front of each',
        nextStep: 'Write KIND/NAME, for example "projects/payments roles/viewer".',
      });
    }
    return { kinds: found, names: rest.map((name) => ({ kind, name })) };
  }
  const names = words.map((word) => {
    const at = word.indexOf('/');
    return { kind: kindOfWord(at < 0 ? word : word.slice(0, at)), name: word.slice(at + 1) };
  });
  const bare = words.find((word) => !/^[^/]+\/./.test(word));
  if (bare !== undefined) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${JSON.stringify(bare.slice(0, 64))} is not of the form KIND/NAME`,
      nextStep: 'Write either KIND NAME… or KIND/NAME….',
    });
  }
  return { kinds: [...new Set(names.map(({ kind }) => kind))], names };
}

/** Describes an `apiVersion` or `kind` of a document that there is none of; `undefined` when both are known. */
export function describeUnknownKind(apiVersion: unknown, kind: unknown): string | undefined {
  if (apiVersion !== API_VERSION) {
    if (apiVersion === undefined) return `there is no apiVersion; write ${JSON.stringify(API_VERSION)}`;
    return `the apiVersion is ${shown(apiVersion)}, known is ${JSON.stringify(API_VERSION)}`;
  }
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind)) return undefined;
  if (kind === undefined) return `there is no kind; known are ${KIND_NAMES.join(', ')}`;
  const guess = typeof kind === 'string' ? nearestName(kind, KIND_NAMES) : undefined;
  return guess === undefined
    ? `there is no kind ${shown(kind)}; known are ${KIND_NAMES.join(', ')}`
    : `there is no kind ${shown(kind)}; did you mean ${JSON.stringify(guess)}?`;
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 64);
}
