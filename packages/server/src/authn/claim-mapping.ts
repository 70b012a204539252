import type { ClaimMapping } from '@sallyport/core/api';
import { LoginError } from '../errors.ts';
import { type ClaimSource, type Claims, compileClaimSource, describeClaimSourceProblem } from './claim-source.ts';
import {
  checkGroups,
  checkSubject,
  checkUserName,
  type Identity,
  MAX_DISPLAY_CHARACTERS,
  readText,
  refused,
} from './identity.ts';

/** Reads identities out of verified claims. */
export interface CompiledClaimMapping {
  /**
   * What is missing or has the wrong type refuses the login; nothing is guessed or repaired:
   * - the user name is non-empty text, not a name of the cluster's own (`system:`);
   * - an e-mail address serves as user name only when the provider says that it verified it;
   * - groups are an array of text; a single text is exactly one group; absent and `null` are none;
   * - display name and e-mail may be absent, also when their expression reads what is not there.
   * @throws LoginError `ERR_LOGIN_CLAIMS_REFUSED`
   */
  read(claims: Claims): Identity;
  /** The same without throwing: what each part came to, for people who write a mapping. */
  explain(claims: Claims): MappingReport;
  /** Whether these claims have what user name and groups are read from; otherwise the user info may have the rest. */
  isComplete(claims: Claims): boolean;
}

/** What one part of an identity came to. */
export interface MappedField {
  readonly field: keyof ClaimMapping | 'subject';
  /** Where it was read from, e.g. `claim "groups"`. */
  readonly source: string;
  readonly value?: string | readonly string[];
  /** Why there is no value; a login fails over it when it concerns subject, user name or groups. */
  readonly problem?: string;
}

/** What claims come to under a mapping. */
export interface MappingReport {
  readonly fields: readonly MappedField[];
  /** The identity, when a login with these claims would succeed. */
  readonly identity?: Identity;
}

/** What a mapping reads where it says nothing else. */
export const DEFAULT_CLAIM_MAPPING: Readonly<Record<keyof ClaimMapping, string>> = {
  userName: 'email',
  groups: 'groups',
  displayName: 'name',
  email: 'email',
};

const TEXT = ['string'];
const GROUPS = ['list', 'list<string>', 'list<dyn>', 'string'];

/**
 * Compiles a claim mapping for the principals of an issuer. Serves OpenID Connect and SAML alike: attributes of an assertion
 * are claims, its NameID is `sub`.
 * @throws AuthzError `ERR_EXPRESSION_INVALID`
 */
export function compileClaimMapping(mapping: ClaimMapping, issuer: string): CompiledClaimMapping {
  const { userName, groups, displayName, email } = compileSources(mapping);

  const readers = {
    subject: (claims: Claims) => checkSubject(Object.hasOwn(claims, 'sub') ? claims['sub'] : undefined),
    userName(claims: Claims) {
      const name = checkUserName(valueFrom(userName, claims, 'the user name'), `of ${userName.description}`);
      if (!isUnverifiedEmail(userName, name, claims)) return name;
      throw refused('the provider has not verified the e-mail address that serves as user name');
    },
    groups(claims: Claims) {
      assertNotLeftOut(groups, claims);
      return checkGroups(valueFrom(groups, claims, 'the list of groups'), groups.description);
    },
    displayName: (claims: Claims) =>
      readText(valueFrom(displayName, claims, 'the display name'))?.slice(0, MAX_DISPLAY_CHARACTERS),
    email(claims: Claims) {
      const address = readText(valueFrom(email, claims, 'the e-mail address'));
      return address === undefined || isUnverifiedEmail(email, address, claims) ? undefined : address;
    },
  };

  function read(claims: Claims): Identity {
    const name = readers.userName(claims);
    const address = readers.email(claims);
    return {
      issuer,
      subjectClaim: readers.subject(claims),
      userName: name,
      displayName: readers.displayName(claims) ?? name.slice(0, MAX_DISPLAY_CHARACTERS),
      ...(address !== undefined && { email: address }),
      groups: readers.groups(claims),
    };
  }

  return {
    read,
    explain(claims) {
      const sources = { subject: 'claim "sub"', userName, groups, displayName, email };
      const fields = (['subject', 'userName', 'groups', 'displayName', 'email'] as const).map((field): MappedField => {
        const source = sources[field];
        const about = { field, source: typeof source === 'string' ? source : source.description };
        try {
          const value = readers[field](claims);
          return value === undefined ? { ...about, problem: absence(source, claims) } : { ...about, value };
        } catch (error) {
          if (error instanceof LoginError) return { ...about, problem: error.message };
          throw error;
        }
      });
      const isGood = fields.every(
        ({ field, problem }) => problem === undefined || field === 'displayName' || field === 'email',
      );
      return { fields, ...(isGood && { identity: read(claims) }) };
    },
    isComplete: (claims) => [userName, groups].every((source) => 'value' in source.read(claims)),
  };
}

/** What is wrong with a mapping: a problem for each part that has one, with its place. Empty for a good one. */
export function describeMappingProblems(
  mapping: ClaimMapping,
): readonly { readonly field: keyof ClaimMapping; readonly problem: string }[] {
  return (Object.keys(DEFAULT_CLAIM_MAPPING) as (keyof ClaimMapping)[]).flatMap((field) => {
    const text = mapping[field];
    const problem = text === undefined ? undefined : describeClaimSourceProblem(text, typesOf(field));
    return problem === undefined ? [] : [{ field, problem }];
  });
}

function compileSources(mapping: ClaimMapping): Readonly<Record<keyof ClaimMapping, ClaimSource>> {
  const source = (field: keyof ClaimMapping) =>
    compileClaimSource(mapping[field] ?? DEFAULT_CLAIM_MAPPING[field], typesOf(field));
  return {
    userName: source('userName'),
    groups: source('groups'),
    displayName: source('displayName'),
    email: source('email'),
  };
}

function typesOf(field: keyof ClaimMapping): readonly string[] {
  return field === 'groups' ? GROUPS : TEXT;
}

function valueFrom(source: ClaimSource, claims: Claims, what: string): unknown {
  const reading = source.read(claims);
  if ('value' in reading) return reading.value;
  if ('isAbsent' in reading) return undefined;
  throw refused(`${what} can't be read by ${source.description}: ${reading.problem}`);
}

function absence(source: ClaimSource | string, claims: Claims): string {
  if (typeof source === 'string') return 'absent';
  const reading = source.read(claims);
  if ('value' in reading) return 'not verified, or no text';
  return reading.problem ?? 'absent';
}

/**
 * Whether a value is the e-mail claim and the provider does not say that it verified it. An expression that reads
 * `email_verified` itself has decided.
 */
function isUnverifiedEmail(source: ClaimSource, value: string, claims: Claims): boolean {
  if (!source.mentions('email') || source.mentions('email_verified')) return false;
  const email = Object.hasOwn(claims, 'email') ? claims['email'] : undefined;
  const isEmail = typeof email === 'string' && (value === email || value === readText(email));
  return isEmail && claims['email_verified'] !== true;
}

/** Some providers leave a long list of groups out and name a place to ask instead (OpenID Connect Core, section 5.6.2). */
function assertNotLeftOut(source: ClaimSource, claims: Claims): void {
  const names = Object.hasOwn(claims, '_claim_names') ? claims['_claim_names'] : undefined;
  if (typeof names !== 'object' || names === null) return;
  const left = Object.keys(names).find((name) => source.mentions(name) && !Object.hasOwn(claims, name));
  if (left === undefined) return;
  throw refused(`the provider left the claim "${left}" out because it is too long; make it send fewer groups`);
}
