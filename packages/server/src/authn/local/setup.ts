import { randomBytes } from 'node:crypto';
import { type Clock, type Principal, type PrincipalId, Secret } from '@sallyport/core';
import { LoginError } from '../../errors.ts';
import type { SnapshotSource } from '../../snapshot.ts';
import type { Store, Transaction } from '../../stores/contracts.ts';
import type { LocalLink, LocalLinkKind } from '../../stores/local-contracts.ts';
import { userNameKey } from '../../stores/user-name-key.ts';
import { describePrincipal } from '../login-sessions.ts';
import { assertLocalUser, assertLocalUsersEnabled, findLocalUser } from './local-principals.ts';
import { beginRegistration, finishRegistration, type PasskeyChallenge, type RelyingParty } from './passkeys.ts';
import type { PasswordHasher } from './password.ts';
import { describePasswordProblem } from './password-rule.ts';
import { createRecoveryCodes } from './recovery-codes.ts';
import { localEvent, refusedPassword } from './sign-in.ts';
import { createTotpSecret, findTotpStep } from './totp.ts';
import type { TryGate } from './try-gate.ts';

/** A person in the middle of setting up what they sign in with. */
export interface Setup {
  /** Names this set-up; unguessable, good for 30 minutes. */
  readonly handle: string;
  readonly principal: Principal;
  readonly kind: LocalLinkKind;
  /** Secret for the code app. */
  readonly totpSecret: Secret;
}

/** Setting up the factors of a local user from a link that an administrator handed over. */
export interface LocalSetup {
  /**
   * Opens a link. It stays good until something is set up by it.
   * @throws LoginError `ERR_LOGIN_LINK_REFUSED`, `ERR_LOGIN_LOCAL_DISABLED`, `ERR_LOGIN_TOO_MANY_ATTEMPTS`
   */
  open(token: string, sourceAddress: string): Promise<Setup>;
  /**
   * The set-up of a handle.
   * @throws LoginError `ERR_LOGIN_LINK_REFUSED`, `ERR_LOGIN_LOCAL_DISABLED`
   */
  find(handle: string): Promise<Setup>;
  /**
   * Sets a password and the code app up, and uses the link up. Yields recovery codes, shown this once.
   * @throws LoginError `ERR_LOGIN_PASSWORD_REFUSED`, `ERR_LOGIN_FACTOR_REFUSED`, `ERR_LOGIN_LINK_REFUSED`
   */
  withPassword(handle: string, given: { readonly password: string; readonly code: string }): Promise<readonly string[]>;
  /**
   * Begins making a passkey.
   * @throws LoginError `ERR_LOGIN_LINK_REFUSED`, `ERR_LOGIN_FACTOR_REFUSED` where there are no passkeys
   */
  beginPasskey(handle: string): Promise<PasskeyChallenge>;
  /**
   * Stores the passkey, and uses the link up.
   * @throws LoginError `ERR_LOGIN_FACTOR_REFUSED`, `ERR_LOGIN_LINK_REFUSED`
   */
  withPasskey(handle: string, given: { readonly answer: unknown; readonly displayName: string }): Promise<void>;
}

/** What {@link createLocalSetup} needs. */
export interface LocalSetupOptions {
  readonly store: Pick<Store, 'transact'>;
  readonly snapshots: SnapshotSource;
  readonly hasher: PasswordHasher;
  readonly gate: TryGate;
  readonly relyingParty: RelyingParty | undefined;
  readonly clock: Clock;
}

/** Life of an invitation, in milliseconds: 7 days. */
export const INVITATION_LIFETIME_MS = 7 * 86_400_000;
/** Life of a recovery link, in milliseconds: 24 hours. */
export const RECOVERY_LIFETIME_MS = 86_400_000;

const SETUP = 'localSetup';
const CHALLENGE = 'passkeySetup';
const SETUP_MS = 1_800_000;
const HANDLE_BYTES = 32;

/**
 * Makes a principal a local user, within the transaction that creates it, and yields the token of an invitation.
 * @throws LoginError `ERR_LOGIN_NOT_LOCAL`
 */
export async function inviteLocalUser(
  tx: Transaction,
  principal: Principal,
  at: Date,
  lifetimeMs: number = INVITATION_LIFETIME_MS,
): Promise<IssuedLink> {
  assertLocalUser(principal);
  const principalId = principal.id;
  await tx.localUsers.putAccount(principalId, at);
  return issue(tx, { principalId, kind: 'invitation', expiresAt: new Date(at.getTime() + lifetimeMs) });
}

/**
 * Takes everything away that a local user signs in with and yields the token of a recovery link. Ending the person's login
 * sessions is the caller's part, in the same transaction.
 * @throws LoginError `ERR_LOGIN_NOT_LOCAL`
 */
export async function resetLocalUser(tx: Transaction, principal: Principal, at: Date): Promise<IssuedLink> {
  assertLocalUser(principal);
  const principalId = principal.id;
  await tx.localUsers.putAccount(principalId, at);
  await tx.localUsers.removeFactors(principalId);
  return issue(tx, { principalId, kind: 'recovery', expiresAt: new Date(at.getTime() + RECOVERY_LIFETIME_MS) });
}

/** A link for a person, shown once. */
export interface IssuedLink {
  readonly token: Secret;
  readonly expiresAt: Date;
}

/** The address to hand to a person. The token stands in the fragment, which browsers send to nobody. */
export function linkAddress(publicUrl: string, token: Secret): Secret {
  return new Secret(`${publicUrl}/login/local/link#${token.reveal()}`);
}

async function issue(tx: Transaction, link: LocalLink): Promise<IssuedLink> {
  return { token: await tx.localUsers.issueLink(link), expiresAt: link.expiresAt };
}

/** Creates the set-up of local users. */
export function createLocalSetup(options: LocalSetupOptions): LocalSetup {
  const { store, snapshots, hasher, gate, relyingParty, clock } = options;

  /** The person of a link, who must be a live local user of an organization that has such, now. */
  async function personOf(principalId: PrincipalId): Promise<Principal> {
    const snapshot = await snapshots.refresh();
    const principal = findLocalUser(snapshot, principalId);
    if (principal === undefined) throw refusedLink();
    assertLocalUsersEnabled(snapshot, principal.organizationId);
    return principal;
  }

  async function read(handle: string): Promise<Setup & { readonly token: string }> {
    const row = await store.transact(({ oneTime }) => oneTime.find(SETUP, handle));
    const token = String(row?.['token']);
    const link = row && (await store.transact(({ localUsers }) => localUsers.findLink(token)));
    if (row === undefined || link === undefined) throw refusedLink();
    const principal = await personOf(link.principalId);
    return { handle, principal, kind: link.kind, totpSecret: new Secret(String(row['totpSecret'])), token };
  }

  /** Uses the link up and stores what was set up, in place of whatever there was. */
  async function finish(
    setup: Setup & { readonly token: string },
    what: string,
    work: (tx: Transaction) => Promise<void>,
  ) {
    const { principal, kind } = setup;
    await store.transact(async (tx) => {
      if ((await tx.localUsers.useLink(setup.token)) === undefined) throw refusedLink();
      await tx.oneTime.take(SETUP, setup.handle);
      await tx.localUsers.removeFactors(principal.id);
      await work(tx);
      await tx.appendAudit(
        localEvent(clock, 'user.enrolled', {
          organizationId: principal.organizationId,
          principal: describePrincipal(principal),
          details: { link: kind, factor: what },
        }),
      );
    });
    await gate.unlock(principal.organizationId, userNameKey(principal.userName));
  }

  return {
    async open(token, sourceAddress) {
      const passed = await gate.enter({ sourceAddress });
      const link = await store.transact(({ localUsers }) => localUsers.findLink(token.trim()));
      if (link === undefined) throw refusedLink();
      const principal = await personOf(link.principalId);
      const handle = randomBytes(HANDLE_BYTES).toString('base64url');
      const totpSecret = createTotpSecret();
      const row = { token: token.trim(), totpSecret: totpSecret.reveal() };
      await store.transact(({ oneTime }) => oneTime.put(SETUP, handle, row, new Date(clock.now() + SETUP_MS)));
      await passed.succeeded();
      return { handle, principal, kind: link.kind, totpSecret };
    },

    async find(handle) {
      const { token: _, ...setup } = await read(handle);
      return setup;
    },

    async withPassword(handle, { password, code }) {
      const setup = await read(handle);
      const problem = describePasswordProblem(password, setup.principal.userName);
      if (problem !== undefined) throw refusedPassword(problem);
      const step = findTotpStep(setup.totpSecret, code.replace(/\s/g, ''), new Date(clock.now()));
      if (step === undefined) {
        throw new LoginError({
          code: 'ERR_LOGIN_FACTOR_REFUSED',
          message: 'the code is not the one that a code app shows now for this secret',
          nextStep: 'Compare the clocks of this server and of your device, and type the code that it shows now.',
        });
      }
      const hash = await hasher.hash(password);
      const recoveryCodes = createRecoveryCodes();
      await finish(setup, 'password', async ({ localUsers }) => {
        await localUsers.setPassword(setup.principal.id, hash, false);
        await localUsers.setTotp(setup.principal.id, setup.totpSecret, step);
        await localUsers.replaceRecoveryCodes(setup.principal.id, recoveryCodes);
      });
      return recoveryCodes;
    },

    async beginPasskey(handle) {
      const { principal } = await read(handle);
      if (relyingParty === undefined) throw withoutPasskeys();
      const begun = await beginRegistration(relyingParty, principal, []);
      const expiresAt = new Date(clock.now() + SETUP_MS);
      await store.transact(({ oneTime }) => oneTime.put(CHALLENGE, handle, { challenge: begun.challenge }, expiresAt));
      return begun;
    },

    async withPasskey(handle, { answer, displayName }) {
      const setup = await read(handle);
      if (relyingParty === undefined) throw withoutPasskeys();
      const begun = await store.transact(({ oneTime }) => oneTime.take(CHALLENGE, handle));
      const passkey = await finishRegistration(relyingParty, {
        challenge: String(begun?.['challenge'] ?? ''),
        answer,
        principalId: setup.principal.id,
        displayName,
        at: new Date(clock.now()),
      });
      await finish(setup, 'passkey', ({ localUsers }) => localUsers.putPasskey(passkey));
    },
  };
}

/** The refusal where browsers have no passkeys. */
export function withoutPasskeys(): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_FACTOR_REFUSED',
    message: 'there are no passkeys at a bare IP address',
    nextStep: 'Ask an administrator to give the server a host name, or use a password with a code app.',
  });
}

function refusedLink(): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_LINK_REFUSED',
    message: 'this link is unknown, was used, or has expired',
    nextStep: 'Ask an administrator for a new link.',
  });
}
