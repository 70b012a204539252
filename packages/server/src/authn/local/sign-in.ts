import {
  type AuditEvent,
  type AuditEventCode,
  type AuditFacts,
  type AuditPipeline,
  createAuditEvent,
} from '@sallyport/audit';
import type { Clock, OrganizationId, Principal, PrincipalId } from '@sallyport/core';
import { LoginError } from '../../errors.ts';
import { requestTrace } from '../../request-trace.ts';
import type { SnapshotSource } from '../../snapshot.ts';
import type { Store } from '../../stores/contracts.ts';
import { userNameKey } from '../../stores/user-name-key.ts';
import { describePrincipal } from '../login-sessions.ts';
import { assertLocalUsersEnabled, findLocalUser } from './local-principals.ts';
import {
  beginAssertion,
  claimedCredentialId,
  finishAssertion,
  type PasskeyChallenge,
  type RelyingParty,
} from './passkeys.ts';
import type { PasswordHasher } from './password.ts';
import { describePasswordProblem } from './password-rule.ts';
import { readRecoveryCode } from './recovery-codes.ts';
import { createTotpSecret, findTotpStep } from './totp.ts';
import type { TryGate } from './try-gate.ts';

/** A local user who proved who they are. */
export interface LocalProof {
  readonly principal: Principal;
  /** Authentication methods (RFC 8176). */
  readonly amr: readonly string[];
  /** The password must be replaced before anything else. */
  readonly mustChangePassword: boolean;
}

/** Where a login comes from. */
interface Attempt {
  readonly organizationId: OrganizationId;
  readonly sourceAddress: string;
}

/** Proves who local users are. Whatever is wrong with a try, the answer and its cost are the same. */
export interface LocalSignIn {
  /**
   * By password and a code of the code app, or a recovery code in its place.
   * @throws LoginError `ERR_LOGIN_LOCAL_REFUSED`, `ERR_LOGIN_LOCAL_DISABLED`, `ERR_LOGIN_TOO_MANY_ATTEMPTS`, `ERR_LOGIN_BUSY`
   */
  byPassword(
    attempt: Attempt & { readonly userName: string; readonly password: string; readonly code: string },
  ): Promise<LocalProof>;
  /**
   * Begins a login by passkey for one flow. `undefined` where there are no passkeys.
   * @throws LoginError `ERR_LOGIN_LOCAL_DISABLED`
   */
  beginPasskey(flowId: string, organizationId: OrganizationId): Promise<PasskeyChallenge | undefined>;
  /**
   * By the answer of a passkey; good for one try.
   * @throws LoginError `ERR_LOGIN_LOCAL_REFUSED`, `ERR_LOGIN_LOCAL_DISABLED`, `ERR_LOGIN_TOO_MANY_ATTEMPTS`
   */
  byPasskey(attempt: Attempt & { readonly flowId: string; readonly answer: unknown }): Promise<LocalProof>;
  /**
   * Replaces the password of somebody who has proved it.
   * @throws LoginError `ERR_LOGIN_PASSWORD_REFUSED`, `ERR_LOGIN_BUSY`
   */
  changePassword(principalId: PrincipalId, password: string, sourceAddress: string): Promise<void>;
}

/** What {@link createLocalSignIn} needs. */
export interface LocalSignInOptions {
  readonly store: Pick<Store, 'transact'>;
  readonly snapshots: SnapshotSource;
  readonly audit: AuditPipeline;
  readonly hasher: PasswordHasher;
  readonly gate: TryGate;
  readonly relyingParty: RelyingParty | undefined;
  readonly clock: Clock;
}

const CHALLENGE = 'passkeyLogin';
const CHALLENGE_MS = 300_000;

/** Creates the login of local users. */
export function createLocalSignIn(options: LocalSignInOptions): LocalSignIn {
  const { store, snapshots, audit, hasher, gate, relyingParty, clock } = options;
  // Somebody without a code app costs the same comparison.
  const noSecret = createTotpSecret();

  async function refuse(attempt: Attempt, method: string, principal: Principal | undefined): Promise<never> {
    const error = new LoginError({
      code: 'ERR_LOGIN_LOCAL_REFUSED',
      message:
        method === 'passkey' ? 'the passkey was not accepted' : 'the user name, the password or the code is wrong',
      nextStep: 'Try again. If you lost what you sign in with, ask an administrator for a recovery link.',
    });
    await audit.record(
      localEvent(clock, 'login.failed', {
        organizationId: attempt.organizationId,
        ...(principal && { principal: describePrincipal(principal) }),
        ...(attempt.sourceAddress !== '' && { sourceAddress: attempt.sourceAddress }),
        details: { code: error.code, method },
      }),
      'required',
    );
    throw error;
  }

  return {
    async byPassword({ userName, password, code, ...attempt }) {
      const { organizationId } = attempt;
      assertLocalUsersEnabled(snapshots.current(), organizationId);
      const nameKey = userNameKey(userName.trim());
      const passed = await gate.enter({ ...attempt, nameKey });
      const account = await store.transact(({ localUsers }) => localUsers.findAccount(organizationId, nameKey));
      const isPassword = await hasher.verify(password, account?.passwordHash);
      const principal = account && findLocalUser(snapshots.current(), account.principalId);
      const step = findTotpStep(account?.totpSecret ?? noSecret, code.trim(), new Date(clock.now()));
      const recoveryCode = readRecoveryCode(code);
      // The transaction takes place whatever was wrong before, so that a right password can't be told by time.
      const isCode = await store.transact(async ({ localUsers }) => {
        if (account === undefined || principal === undefined || !isPassword) {
          await localUsers.findAccount(organizationId, nameKey);
          return false;
        }
        if (account.totpSecret !== undefined && step !== undefined) {
          return localUsers.useTotpStep(account.principalId, step);
        }
        return recoveryCode !== undefined && localUsers.useRecoveryCode(account.principalId, recoveryCode);
      });
      if (!isCode || account === undefined || principal === undefined) return refuse(attempt, 'password', principal);
      await passed.succeeded();
      return { principal, amr: ['pwd', 'otp', 'mfa'], mustChangePassword: account.mustChangePassword };
    },

    async beginPasskey(flowId, organizationId) {
      assertLocalUsersEnabled(snapshots.current(), organizationId);
      if (relyingParty === undefined) return undefined;
      const begun = await beginAssertion(relyingParty);
      const expiresAt = new Date(clock.now() + CHALLENGE_MS);
      await store.transact(({ oneTime }) =>
        oneTime.put(CHALLENGE, flowId, { challenge: begun.challenge, organizationId }, expiresAt),
      );
      return begun;
    },

    async byPasskey({ flowId, answer, ...attempt }) {
      assertLocalUsersEnabled(snapshots.current(), attempt.organizationId);
      const passed = await gate.enter({ sourceAddress: attempt.sourceAddress });
      const credentialId = claimedCredentialId(answer) ?? '';
      const { begun, passkey } = await store.transact(async ({ oneTime, localUsers }) => ({
        begun: await oneTime.take(CHALLENGE, flowId),
        passkey: await localUsers.findPasskey(credentialId),
      }));
      const principal = passkey && findLocalUser(snapshots.current(), passkey.principalId);
      if (
        relyingParty === undefined ||
        begun?.['organizationId'] !== attempt.organizationId ||
        passkey === undefined ||
        principal?.organizationId !== attempt.organizationId
      ) {
        return refuse(attempt, 'passkey', undefined);
      }
      const proof = await finishAssertion(relyingParty, { challenge: String(begun['challenge']), answer, passkey });
      const isUsed =
        proof !== undefined &&
        (await store.transact(({ localUsers }) =>
          localUsers.usePasskey(passkey.id, proof.counter, new Date(clock.now())),
        ));
      if (proof === undefined || !isUsed) return refuse(attempt, 'passkey', principal);
      await passed.succeeded();
      return { principal, amr: proof.amr, mustChangePassword: false };
    },

    async changePassword(principalId, password, sourceAddress) {
      const principal = findLocalUser(snapshots.current(), principalId);
      const account = await store.transact(({ localUsers }) => localUsers.account(principalId));
      if (principal === undefined || account === undefined) throw refusedPassword('there is no such local user');
      const problem = describePasswordProblem(password, principal.userName);
      if (problem !== undefined) throw refusedPassword(problem);
      if (await hasher.verify(password, account.passwordHash)) throw refusedPassword('the new password is the old one');
      const hash = await hasher.hash(password);
      await store.transact(async (tx) => {
        await tx.localUsers.setPassword(principalId, hash, false);
        await tx.appendAudit(
          localEvent(clock, 'user.password.changed', {
            organizationId: principal.organizationId,
            principal: describePrincipal(principal),
            ...(sourceAddress !== '' && { sourceAddress }),
          }),
        );
      });
    },
  };
}

/** An audit event about a local user. */
export function localEvent<Code extends AuditEventCode>(
  clock: Clock,
  code: Code,
  facts: AuditFacts<Code>,
): AuditEvent<Code> {
  return createAuditEvent(code, clock.now(), { ...requestTrace(), ...facts });
}

/** The refusal of a new password, with the reason. */
export function refusedPassword(problem: string): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_PASSWORD_REFUSED',
    message: problem,
    nextStep: 'Choose another one: a few words that don’t belong together are easy to remember and hard to guess.',
  });
}
