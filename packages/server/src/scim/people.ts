import { describeNameProblem } from '@sallyport/core';
import { isMachineName } from '../authn/machine-names.ts';
import type { ScimAttributes } from './canonical.ts';
import { scimError } from './errors.ts';

/** What a person is made of: the parts that act, and the rest of what the client told, kept for it to read back. */
export interface ScimPerson {
  readonly userName: string;
  readonly externalId?: string;
  readonly isDisabled: boolean;
  readonly displayName: string;
  readonly email?: string;
  /** `name`, `displayName`, `title` and `emails`, in canonical form. */
  readonly profile: ScimAttributes;
}

/** What a group is made of. */
export interface ScimTeam {
  readonly name: string;
  readonly externalId?: string;
  /** Ids of its members as the client names them, each once. */
  readonly memberIds: readonly string[];
}

const MAX_NAME_CHARACTERS = 255;
const MAX_DISPLAY_CHARACTERS = 256;
const MAX_EMAIL_CHARACTERS = 320;

/**
 * Reads a person out of attributes in canonical form.
 * @throws ScimError `ERR_SCIM_INVALID_VALUE` for a name that can't be impersonated, such as one of the cluster's own
 */
export function readPerson(attributes: ScimAttributes): ScimPerson {
  const { userName, externalId, active, ...profile } = attributes;
  const name = readName(userName, 'userName');
  if (isMachineName(name)) throw scimError('ERR_SCIM_INVALID_VALUE', 'userName is one that only machines have');
  const { formatted, givenName, familyName } = (profile['name'] ?? {}) as Readonly<Record<string, string | undefined>>;
  const whole = [givenName, familyName].filter((part) => part !== undefined).join(' ');
  const shown = [profile['displayName'], formatted, whole].map(forDisplay).find((text) => text !== '') ?? name;
  const email = emailOf(profile);
  return {
    userName: name,
    ...(typeof externalId === 'string' && { externalId }),
    isDisabled: active === false,
    displayName: shown.slice(0, MAX_DISPLAY_CHARACTERS),
    ...(email !== undefined && { email }),
    profile,
  };
}

/** The attributes of a person, as {@link readPerson} reads them. Without a profile they are made of what the login told. */
export function attributesOfPerson(person: Omit<ScimPerson, 'profile'> & { readonly profile?: ScimAttributes }) {
  const { userName, externalId, isDisabled, displayName, email } = person;
  const profile: ScimAttributes = person.profile ?? {
    displayName,
    ...(email !== undefined && { emails: [{ value: email, type: 'work', primary: true }] }),
  };
  return { userName, ...(externalId !== undefined && { externalId }), ...profile, active: !isDisabled };
}

/**
 * Reads a group out of attributes in canonical form.
 * @throws ScimError `ERR_SCIM_INVALID_VALUE`
 */
export function readTeam(attributes: ScimAttributes): ScimTeam {
  const { displayName, externalId, members } = attributes;
  const ids = ((members ?? []) as readonly ScimAttributes[]).map(({ value }) => {
    if (typeof value === 'string') return value;
    throw scimError('ERR_SCIM_INVALID_VALUE', 'a member has no id ("value")');
  });
  return {
    name: readName(displayName, 'displayName'),
    ...(typeof externalId === 'string' && { externalId }),
    memberIds: [...new Set(ids)],
  };
}

/** The attributes of a group, as {@link readTeam} reads them. */
export function attributesOfTeam({ name, externalId, memberIds }: ScimTeam): ScimAttributes {
  return {
    displayName: name,
    ...(externalId !== undefined && { externalId }),
    ...(memberIds.length > 0 && { members: memberIds.map((value) => ({ value })) }),
  };
}

function readName(value: unknown, attribute: string): string {
  if (typeof value !== 'string') throw scimError('ERR_SCIM_INVALID_VALUE', `${attribute} is missing`);
  if (value.length > MAX_NAME_CHARACTERS) {
    throw scimError(
      'ERR_SCIM_INVALID_VALUE',
      `${attribute} is ${value.length} characters, limit is ${MAX_NAME_CHARACTERS}`,
    );
  }
  const problem = describeNameProblem(value);
  if (problem !== undefined) throw scimError('ERR_SCIM_INVALID_VALUE', `${attribute} ${problem}`);
  return value;
}

function emailOf(profile: ScimAttributes): string | undefined {
  const emails = ((profile['emails'] ?? []) as readonly ScimAttributes[]).filter(
    ({ value }) => typeof value === 'string',
  );
  const chosen = emails.find(({ primary }) => primary === true) ?? emails[0];
  const address = forDisplay(chosen?.['value']);
  return address === '' || address.length > MAX_EMAIL_CHARACTERS ? undefined : address;
}

/** Text without control characters, which terminals and logs would act on. */
function forDisplay(value: unknown): string {
  return typeof value === 'string' ? value.replace(/\p{C}/gu, '').trim() : '';
}
