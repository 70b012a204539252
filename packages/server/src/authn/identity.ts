import { describeNameProblem } from '@sallyport/core';
import { LoginError } from '../errors.ts';
import { isMachineName } from './machine-names.ts';

/** Who an identity provider says that a person is, after checking that it makes a principal. */
export interface Identity {
  readonly issuer: string;
  readonly subjectClaim: string;
  readonly userName: string;
  readonly displayName: string;
  /** Only one that the provider verified. */
  readonly email?: string;
  readonly groups: readonly string[];
}

/** Most groups taken from a provider. A login with more is refused, never cut short. */
export const MAX_GROUPS = 2_000;
/** Longest subject claim, as OpenID Connect Core has it (section 2), in characters. */
export const MAX_SUBJECT_CHARACTERS = 255;
/** Longest display name, in characters; more is cut off. */
export const MAX_DISPLAY_CHARACTERS = 256;

/** The subject as it is. @throws LoginError `ERR_LOGIN_CLAIMS_REFUSED` when it is no text, empty or too long */
export function checkSubject(value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_SUBJECT_CHARACTERS) return value;
  throw refused('the provider states no usable subject ("sub")');
}

/**
 * A user name as it is: text that can be impersonated, not a name of the cluster's own (`system:`). `source` names where
 * it comes from.
 * @throws LoginError `ERR_LOGIN_CLAIMS_REFUSED`
 */
export function checkUserName(value: unknown, source: string): string {
  if (typeof value !== 'string') throw refused(`the user name ${source} is ${describeType(value)}, not text`);
  const problem = describeNameProblem(value);
  if (problem !== undefined) throw refused(`the user name ${source} ${problem}`);
  if (isMachineName(value)) throw refused(`the user name ${source} would be the name of a machine`);
  return value;
}

/**
 * Groups as they are: an array of text; a single text is exactly one group, whatever separators it holds; absent and
 * `null` are none. Nothing is guessed or repaired.
 * @throws LoginError `ERR_LOGIN_CLAIMS_REFUSED`
 */
export function checkGroups(value: unknown, source: string): readonly string[] {
  if (value === undefined || value === null) return [];
  const groups: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (groups.length > MAX_GROUPS) {
    throw refused(`${source} has ${groups.length} groups, limit is ${MAX_GROUPS}`);
  }
  return groups.map((group) => {
    if (typeof group !== 'string') throw refused(`${source} holds something that is not text`);
    const problem = describeNameProblem(group);
    if (problem !== undefined) throw refused(`a group of ${source} ${problem}`);
    return group;
  });
}

/** Text for display: no control characters, which terminals and logs would act on. */
export function readText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replace(/\p{C}/gu, '').trim();
  return text === '' ? undefined : text;
}

/** The error of claims that make no principal. */
export function refused(message: string): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_CLAIMS_REFUSED',
    message,
    nextStep: 'Ask an administrator to check the claims that the identity provider sends for you.',
  });
}

function describeType(value: unknown): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
