import { createId, type PasskeyId, type PrincipalId } from '@sallyport/core';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { LoginError } from '../../errors.ts';
import type { Passkey } from '../../stores/local-contracts.ts';

/** Where passkeys belong to: the server as browsers know it. */
export interface RelyingParty {
  /** Host name; passkeys of one are no good at another. */
  readonly id: string;
  /** The one origin that may ask for them. */
  readonly origin: string;
}

/** What a passkey proved at a login. */
export interface PasskeyProof {
  readonly counter: number;
  /** Authentication methods (RFC 8176). */
  readonly amr: readonly string[];
}

/** Options for `navigator.credentials`, and the challenge that the answer must repeat. */
export interface PasskeyChallenge {
  readonly challenge: string;
  readonly options: object;
}

const TIMEOUT_MS = 120_000;
const MAX_DISPLAY_CHARACTERS = 64;

/**
 * The relying party of a public address; `undefined` where browsers have no passkeys: at a bare IP address (WebAuthn,
 * section 5.1.3, step 8).
 */
export function relyingPartyOf(publicUrl: string): RelyingParty | undefined {
  const { hostname, origin } = new URL(publicUrl);
  const isAddress = hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname);
  return isAddress ? undefined : { id: hostname, origin };
}

/** Begins making a passkey. It must be discoverable and verify its user by itself, so that it is two factors in one. */
export async function beginRegistration(
  party: RelyingParty,
  person: { readonly id: PrincipalId; readonly userName: string; readonly displayName: string },
  existing: readonly Passkey[],
): Promise<PasskeyChallenge> {
  const options = await generateRegistrationOptions({
    rpName: 'Sallyport',
    rpID: party.id,
    userID: new TextEncoder().encode(person.id),
    userName: person.userName,
    userDisplayName: person.displayName,
    timeout: TIMEOUT_MS,
    attestationType: 'none',
    excludeCredentials: existing.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports: [...transports],
    })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  return { challenge: options.challenge, options };
}

/**
 * Checks the answer to {@link beginRegistration} and yields the passkey to be stored.
 * @throws LoginError `ERR_LOGIN_FACTOR_REFUSED`
 */
export async function finishRegistration(
  party: RelyingParty,
  registration: {
    readonly challenge: string;
    readonly answer: unknown;
    readonly principalId: PrincipalId;
    readonly displayName: string;
    readonly at: Date;
  },
): Promise<Passkey> {
  const verified = await refuseOnError(() =>
    verifyRegistrationResponse({
      response: registration.answer as Parameters<typeof verifyRegistrationResponse>[0]['response'],
      expectedChallenge: registration.challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
    }),
  );
  if (verified === undefined || !verified.verified) throw refused();
  const { credential, credentialDeviceType } = verified.registrationInfo;
  return {
    id: createId('passkey', registration.at.getTime()) satisfies PasskeyId,
    principalId: registration.principalId,
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: (credential.transports ?? []).filter((transport) => /^[a-z-]{1,32}$/.test(transport)).slice(0, 8),
    isSynced: credentialDeviceType === 'multiDevice',
    displayName: readDisplayName(registration.displayName),
    createdAt: registration.at,
  };
}

/** Begins a login. No passkey is named, so nothing is told about who has one; the authenticator offers what it knows. */
export async function beginAssertion(party: RelyingParty): Promise<PasskeyChallenge> {
  const options = await generateAuthenticationOptions({
    rpID: party.id,
    timeout: TIMEOUT_MS,
    userVerification: 'required',
  });
  return { challenge: options.challenge, options };
}

/** Id of the passkey that an answer claims to come from; `undefined` when it names none. */
export function claimedCredentialId(answer: unknown): string | undefined {
  const id = (answer as { readonly id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' && /^[\w-]{1,1400}$/.test(id) ? id : undefined;
}

/**
 * Checks the answer to {@link beginAssertion}: challenge, origin, relying party, signature, that the user was verified, that
 * the counter grew, and that the authenticator means the person whose passkey it is. `undefined` when anything is off.
 */
export async function finishAssertion(
  party: RelyingParty,
  assertion: { readonly challenge: string; readonly answer: unknown; readonly passkey: Passkey },
): Promise<PasskeyProof | undefined> {
  const { passkey, challenge } = assertion;
  const answer = assertion.answer as Parameters<typeof verifyAuthenticationResponse>[0]['response'];
  const verified = await refuseOnError(() =>
    verifyAuthenticationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
      },
    }),
  );
  if (verified === undefined || !verified.verified) return undefined;
  // A discoverable credential always says whose it is (WebAuthn, section 7.2, step 6).
  const userHandle = Buffer.from(answer.response.userHandle ?? '', 'base64url').toString('utf8');
  if (userHandle !== passkey.principalId) return undefined;
  const { newCounter, credentialDeviceType } = verified.authenticationInfo;
  return {
    counter: newCounter,
    amr: [credentialDeviceType === 'multiDevice' ? 'swk' : 'hwk', 'user', 'mfa'],
  };
}

/** The library throws on whatever is wrong with an answer; to the person all of it is one refusal. */
async function refuseOnError<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}

function readDisplayName(text: string): string {
  const plain = text.replace(/\p{C}/gu, '').trim().slice(0, MAX_DISPLAY_CHARACTERS);
  return plain === '' ? 'Passkey' : plain;
}

function refused(): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_FACTOR_REFUSED',
    message: 'the passkey does not fit this request',
    nextStep: 'Try again, with an authenticator that asks for a PIN, a fingerprint or a face.',
  });
}
