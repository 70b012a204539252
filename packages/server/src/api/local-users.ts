import { parseDuration } from '@sallyport/core';
import type { Factors, InviteUser, LocalLinkResource, ResetUser } from '@sallyport/core/api';
import type { FactorSummary } from '../authn/local/factors.ts';
import { assertLocalUser, assertLocalUsersEnabled } from '../authn/local/local-principals.ts';
import { INVITATION_LIFETIME_MS, inviteLocalUser, linkAddress, resetLocalUser } from '../authn/local/setup.ts';
import { ApiError, LoginError } from '../errors.ts';
import { findPrincipal } from '../resources/definitions/principals.ts';
import { notFound } from '../resources/permitted.ts';
import type { Snapshot } from '../snapshot.ts';
import type { PrincipalRecord } from '../stores/records.ts';
import { userNameKey } from '../stores/user-name-key.ts';
import { assertHolds, deciding } from './authority.ts';
import { type Call, callEvent, type Handler } from './context.ts';
import { assertPermitted } from './locate.ts';

const MAX_INVITATION_LIFETIME_MS = 30 * 86_400_000;

/** Issues an invitation. Whoever has the link becomes that person, so the caller must hold what the person holds. */
export const inviteUser: Handler = (context, call): Promise<LocalLinkResource> =>
  deciding(context, call.caller.organization.id, async (snapshot, commit) => {
    assertPermitted(context, call, 'users.create');
    const person = findLocal(snapshot, call);
    assertHolds(snapshot, call, { kind: 'identity', principal: person });
    const { hasPassword, hasTotp, passkeys } = await context.localUsers.factors.describe(person.id);
    if ((hasPassword && hasTotp) || passkeys.length > 0) {
      throw new ApiError({
        code: 'ERR_API_CONFLICT',
        message: `${JSON.stringify(person.userName)} has set a sign-in up already`,
        nextStep: 'If it is lost, reset it: that takes the old one away.',
      });
    }
    const { lifetime } = call.body as InviteUser;
    const lifetimeMs = lifetime === undefined ? INVITATION_LIFETIME_MS : readLifetime(lifetime);
    const issued: { answer?: LocalLinkResource } = {};
    await commit(async (tx) => {
      const { token, expiresAt } = await inviteLocalUser(tx, person, new Date(context.clock.now()), lifetimeMs);
      await tx.appendAudit(
        callEvent(context, call, 'user.invited', {
          details: { user: person.userName, expiresAt: expiresAt.toISOString() },
        }),
      );
      issued.answer = { link: linkAddress(context.publicUrl, token).reveal(), expiresAt };
    });
    return issued.answer as LocalLinkResource;
  });

/** Takes everything away that a local user signs in with, ends their sessions, and issues a recovery link. */
export const resetUser: Handler = (context, call): Promise<ResetUser> =>
  deciding(context, call.caller.organization.id, async (snapshot, commit) => {
    assertPermitted(context, call, 'users.update');
    const person = findLocal(snapshot, call);
    assertHolds(snapshot, call, { kind: 'identity', principal: person });
    const issued: { answer?: ResetUser } = {};
    await commit(async (tx) => {
      const { token, expiresAt } = await resetLocalUser(tx, person, new Date(context.clock.now()));
      const ended = await tx.endLoginSessionsOf({ principalId: person.id });
      await tx.appendAudit(
        callEvent(context, call, 'user.reset', {
          severity: 'notice',
          details: { user: person.userName, endedSessions: ended.length, expiresAt: expiresAt.toISOString() },
        }),
      );
      issued.answer = {
        link: linkAddress(context.publicUrl, token).reveal(),
        expiresAt,
        endedCount: ended.length,
      };
    });
    await context.localUsers.gate.unlock(person.organizationId, userNameKey(person.userName));
    return issued.answer as ResetUser;
  });

/** Demands a new password at the next login. */
export const demandPasswordChange: Handler = async (context, call) => {
  assertPermitted(context, call, 'users.update');
  const person = findLocal(context.snapshots.current(), call);
  await context.store.transact(async (tx) => {
    if (!(await tx.localUsers.demandPasswordChange(person.id))) {
      throw new ApiError({
        code: 'ERR_API_CONFLICT',
        message: `${JSON.stringify(person.userName)} has no password`,
        nextStep: 'There is nothing to change.',
      });
    }
    await tx.appendAudit(
      callEvent(context, call, 'user.password.change_demanded', { details: { user: person.userName } }),
    );
  });
};

/** Shows what a local user signs in with. */
export const getUserFactors: Handler = async (context, call): Promise<Factors> => {
  assertPermitted(context, call, 'users.read');
  const person = findLocal(context.snapshots.current(), call);
  return describeFactors(await context.localUsers.factors.describe(person.id));
};

/** Factors as the contract has them. */
export function describeFactors({ passkeys, ...summary }: FactorSummary): Factors {
  return {
    ...summary,
    passkeys: passkeys.map(({ id, displayName, isSynced, createdAt, lastUsedAt }) => ({
      id,
      displayName,
      isSynced,
      createdAt,
      ...(lastUsedAt !== undefined && { lastUsedAt }),
    })),
  };
}

/**
 * Refuses what only local users have: for people of identity providers, and where local users are switched off.
 * @throws ApiError `ERR_API_CONFLICT`
 */
export function assertLocal(snapshot: Snapshot, principal: PrincipalRecord | Call['caller']['principal']): void {
  try {
    assertLocalUser(principal);
    assertLocalUsersEnabled(snapshot, principal.organizationId);
  } catch (error) {
    throw toApiError(error);
  }
}

/** A refusal of the login as one of the API. */
export function toApiError(error: unknown): unknown {
  if (!(error instanceof LoginError)) return error;
  const code = (
    {
      ERR_LOGIN_PASSWORD_REFUSED: 'ERR_API_REQUEST_INVALID',
      ERR_LOGIN_FACTOR_REFUSED: 'ERR_API_REQUEST_INVALID',
      ERR_LOGIN_BUSY: 'ERR_API_TOO_MANY_REQUESTS',
      ERR_LOGIN_NOT_LOCAL: 'ERR_API_CONFLICT',
      ERR_LOGIN_LOCAL_DISABLED: 'ERR_API_CONFLICT',
    } as const
  )[error.code as string];
  if (code === undefined) return error;
  const { message, nextStep } = error;
  return new ApiError({ code, message, cause: error, ...(nextStep !== undefined && { nextStep }) });
}

function findLocal(snapshot: Snapshot, { caller, parameters }: Call): PrincipalRecord {
  const name = parameters['name'] ?? '';
  const person = findPrincipal(snapshot, caller.organization.id, 'user', name);
  if (person === undefined) throw notFound('User', name);
  assertLocal(snapshot, person);
  return person;
}

function readLifetime(text: string): number {
  const lifetimeMs = parseDuration(text);
  if (lifetimeMs > 0 && lifetimeMs <= MAX_INVITATION_LIFETIME_MS) return lifetimeMs;
  throw new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `the lifetime is ${lifetimeMs} ms, limit is ${MAX_INVITATION_LIFETIME_MS}`,
    problems: [{ path: 'body.lifetime', message: 'must be more than nothing and at most 30d' }],
    nextStep: 'Choose a shorter lifetime.',
  });
}
