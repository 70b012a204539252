import type { AuditEventCode, AuditFacts } from '@sallyport/audit';
import { type Clock, type PasskeyId, type Principal, type PrincipalId, Secret } from '@sallyport/core';
import { LoginError } from '../../errors.ts';
import type { Store, Transaction } from '../../stores/contracts.ts';
import type { LocalUserRows, Passkey } from '../../stores/local-contracts.ts';
import { beginRegistration, finishRegistration, type PasskeyChallenge, type RelyingParty } from './passkeys.ts';
import type { PasswordHasher } from './password.ts';
import { describePasswordProblem } from './password-rule.ts';
import { createRecoveryCodes } from './recovery-codes.ts';
import { withoutPasskeys } from './setup.ts';
import { refusedPassword } from './sign-in.ts';
import { createTotpSecret, findTotpStep, totpAddress } from './totp.ts';

/** What a local user signs in with, without anything that could be used. */
export interface FactorSummary {
  readonly hasPassword: boolean;
  readonly mustChangePassword: boolean;
  readonly hasTotp: boolean;
  readonly recoveryCodesLeft: number;
  readonly passkeys: readonly Passkey[];
}

/** Writes the audit event of a change into the transaction that makes it. */
export type AppendEvent = <Code extends AuditEventCode>(
  tx: Transaction,
  code: Code,
  facts: AuditFacts<Code>,
) => Promise<void>;

/** Looking after one's own factors, by somebody who is signed in. That their login is fresh is the caller's part. */
export interface Factors {
  describe(principalId: PrincipalId): Promise<FactorSummary>;
  /** @throws LoginError `ERR_LOGIN_FACTOR_REFUSED` where there are no passkeys */
  beginPasskey(principal: Principal): Promise<PasskeyChallenge>;
  /** @throws LoginError `ERR_LOGIN_FACTOR_REFUSED` */
  addPasskey(
    principal: Principal,
    given: { readonly answer: unknown; readonly displayName: string },
    append: AppendEvent,
  ): Promise<Passkey>;
  /**
   * Says whether it was there.
   * @throws LoginError `ERR_LOGIN_FACTOR_REFUSED` when it is all that the person has
   */
  removePasskey(principalId: PrincipalId, id: PasskeyId, append: AppendEvent): Promise<boolean>;
  /** Makes a secret for a code app, and yields it with its address. */
  beginTotp(principal: Principal): Promise<{ readonly secret: Secret; readonly address: Secret }>;
  /**
   * Puts the secret in place, and yields new recovery codes.
   * @throws LoginError `ERR_LOGIN_FACTOR_REFUSED`
   */
  confirmTotp(principalId: PrincipalId, code: string, append: AppendEvent): Promise<readonly string[]>;
  replaceRecoveryCodes(principalId: PrincipalId, append: AppendEvent): Promise<readonly string[]>;
  /** @throws LoginError `ERR_LOGIN_PASSWORD_REFUSED`, `ERR_LOGIN_BUSY` */
  setPassword(principal: Principal, password: string, append: AppendEvent): Promise<void>;
}

/** What {@link createFactors} needs. */
export interface FactorsOptions {
  readonly store: Pick<Store, 'transact'>;
  readonly hasher: PasswordHasher;
  readonly relyingParty: RelyingParty | undefined;
  readonly clock: Clock;
}

/** Most passkeys of one person. */
export const MAX_PASSKEYS = 20;

const PASSKEY = 'passkeyOfMine';
const TOTP = 'totpOfMine';
const PENDING_MS = 900_000;

/** Creates the keeping of factors. */
export function createFactors({ store, hasher, relyingParty, clock }: FactorsOptions): Factors {
  const soon = () => new Date(clock.now() + PENDING_MS);

  return {
    describe: (principalId) => store.transact(({ localUsers }) => summarize(localUsers, principalId)),

    async beginPasskey(principal) {
      if (relyingParty === undefined) throw withoutPasskeys();
      const existing = await store.transact(({ localUsers }) => localUsers.passkeys(principal.id));
      if (existing.length >= MAX_PASSKEYS) {
        throw refused(`there are ${existing.length} passkeys, limit is ${MAX_PASSKEYS}`, 'Remove one first.');
      }
      const begun = await beginRegistration(relyingParty, principal, existing);
      await store.transact(({ oneTime }) => oneTime.put(PASSKEY, principal.id, { challenge: begun.challenge }, soon()));
      return begun;
    },

    async addPasskey(principal, { answer, displayName }, append) {
      if (relyingParty === undefined) throw withoutPasskeys();
      const begun = await store.transact(({ oneTime }) => oneTime.take(PASSKEY, principal.id));
      const passkey = await finishRegistration(relyingParty, {
        challenge: String(begun?.['challenge'] ?? ''),
        answer,
        principalId: principal.id,
        displayName,
        at: new Date(clock.now()),
      });
      await store.transact(async (tx) => {
        await tx.localUsers.putPasskey(passkey);
        await append(tx, 'user.passkey.added', {
          details: { passkeyId: passkey.id, displayName: passkey.displayName },
        });
      });
      return passkey;
    },

    removePasskey: (principalId, id, append) =>
      store.transact(async (tx) => {
        const { passkeys, hasPassword, hasTotp } = await summarize(tx.localUsers, principalId);
        const passkey = passkeys.find((each) => each.id === id);
        if (passkey === undefined) return false;
        if (passkeys.length === 1 && !(hasPassword && hasTotp)) {
          throw refused(
            'this passkey is all that you sign in with',
            'Add another passkey, or a password and a code app.',
          );
        }
        await tx.localUsers.deletePasskey(principalId, id);
        await append(tx, 'user.passkey.removed', { details: { passkeyId: id, displayName: passkey.displayName } });
        return true;
      }),

    async beginTotp(principal) {
      const secret = createTotpSecret();
      await store.transact(({ oneTime }) => oneTime.put(TOTP, principal.id, { secret: secret.reveal() }, soon()));
      return { secret, address: new Secret(totpAddress(secret, principal.userName)) };
    },

    confirmTotp: (principalId, code, append) =>
      store.transact(async (tx) => {
        const pending = await tx.oneTime.find(TOTP, principalId);
        const secret = pending && new Secret(String(pending['secret']));
        const step = secret && findTotpStep(secret, code.replace(/\s/g, ''), new Date(clock.now()));
        if (secret === undefined || step === undefined) {
          throw refused(
            'the code is not the one that a code app shows now for the last secret',
            'Type the code of now.',
          );
        }
        await tx.oneTime.take(TOTP, principalId);
        const recoveryCodes = createRecoveryCodes();
        await tx.localUsers.setTotp(principalId, secret, step);
        await tx.localUsers.replaceRecoveryCodes(principalId, recoveryCodes);
        await append(tx, 'user.totp.enrolled', {});
        return recoveryCodes;
      }),

    replaceRecoveryCodes: (principalId, append) =>
      store.transact(async (tx) => {
        if (!(await summarize(tx.localUsers, principalId)).hasTotp) {
          throw refused('recovery codes stand in for a code app, and there is none', 'Set a code app up first.');
        }
        const recoveryCodes = createRecoveryCodes();
        await tx.localUsers.replaceRecoveryCodes(principalId, recoveryCodes);
        await append(tx, 'user.recovery_codes.issued', {});
        return recoveryCodes;
      }),

    async setPassword({ id, userName }, password, append) {
      const problem = describePasswordProblem(password, userName);
      if (problem !== undefined) throw refusedPassword(problem);
      const hash = await hasher.hash(password);
      await store.transact(async (tx) => {
        await tx.localUsers.setPassword(id, hash, false);
        await append(tx, 'user.password.changed', {});
      });
    },
  };
}

async function summarize(localUsers: LocalUserRows, principalId: PrincipalId): Promise<FactorSummary> {
  const account = await localUsers.account(principalId);
  return {
    hasPassword: account?.passwordHash !== undefined,
    mustChangePassword: account?.mustChangePassword ?? false,
    hasTotp: account?.totpSecret !== undefined,
    recoveryCodesLeft: await localUsers.countRecoveryCodes(principalId),
    passkeys: await localUsers.passkeys(principalId),
  };
}

function refused(message: string, nextStep: string): LoginError {
  return new LoginError({ code: 'ERR_LOGIN_FACTOR_REFUSED', message, nextStep });
}
