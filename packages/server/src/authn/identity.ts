import { describeNameProblem } from '@sallyport/core';
import { LoginError } from '../errors.ts';
import type { IdentityProvider } from '../stores/contracts.ts';

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

const MAX_SUBJECT_CHARACTERS = 255;
const MAX_DISPLAY_CHARACTERS = 256;

/**
 * Reads an identity out of verified claims. What is missing or has the wrong type refuses the login; nothing is guessed
 * or repaired:
 * - the user name is the configured claim, a non-empty string, not a name of the cluster's own (`system:`);
 * - an e-mail address serves as user name only when the provider says that it verified it;
 * - groups are an array of strings; a single string is exactly one group, whatever separators it holds; absent and
 *   `null` are none.
 * @throws LoginError `ERR_LOGIN_CLAIMS_REFUSED`
 */
export function readIdentity(
  claims: Readonly<Record<string, unknown>>,
  provider: Pick<IdentityProvider, 'issuer' | 'userNameClaim' | 'groupsClaim'>,
): Identity {
  const claim = (name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);

  const subjectClaim = claim('sub');
  if (typeof subjectClaim !== 'string' || subjectClaim === '' || subjectClaim.length > MAX_SUBJECT_CHARACTERS) {
    throw refused('the provider states no usable subject ("sub")');
  }
  const email = claim('email_verified') === true ? readText(claim('email')) : undefined;
  const name = readText(claim('name'));
  const userName = readUserName(claim, provider.userNameClaim);
  return {
    issuer: provider.issuer,
    subjectClaim,
    userName,
    displayName: (name ?? userName).slice(0, MAX_DISPLAY_CHARACTERS),
    ...(email !== undefined && { email }),
    groups: readGroups(claim(provider.groupsClaim), provider.groupsClaim),
  };
}

/**
 * The form in which two user names are compared: names that differ by letter case or Unicode form only are one, so that
 * nobody signs in as another person's twin.
 */
export function canonicalUserName(userName: string): string {
  return userName.normalize('NFKC').toLowerCase().normalize('NFKC');
}

function readUserName(claim: (name: string) => unknown, claimName: string): string {
  const value = claim(claimName);
  if (typeof value !== 'string') {
    const found =
      value === undefined ? 'absent' : value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
    throw refused(`the user name claim "${claimName}" is ${found}, not text`);
  }
  const problem = describeNameProblem(value);
  if (problem !== undefined) throw refused(`the user name claim "${claimName}" ${problem}`);
  if (claimName === 'email' && claim('email_verified') !== true) {
    throw refused('the provider has not verified the e-mail address that serves as user name');
  }
  return value;
}

function readGroups(value: unknown, claimName: string): readonly string[] {
  if (value === undefined || value === null) return [];
  const groups: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (groups.length > MAX_GROUPS)
    throw refused(`the claim "${claimName}" has ${groups.length} groups, limit is ${MAX_GROUPS}`);
  return groups.map((group) => {
    if (typeof group !== 'string') throw refused(`the claim "${claimName}" holds something that is not text`);
    const problem = describeNameProblem(group);
    if (problem !== undefined) throw refused(`a group of the claim "${claimName}" ${problem}`);
    return group;
  });
}

/** Text for display: no control characters, which terminals and logs would act on. */
function readText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replace(/\p{C}/gu, '').trim();
  return text === '' ? undefined : text;
}

function refused(message: string): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_CLAIMS_REFUSED',
    message,
    nextStep: 'Ask an administrator to check the claims that the identity provider sends for you.',
  });
}
