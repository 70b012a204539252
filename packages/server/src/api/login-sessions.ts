import { isId, type LoginSessionId, type PrincipalId } from '@sallyport/core';
import { type endedSchema, type LoginSessionList, MAX_PAGE_SIZE, type sessionQuerySchema } from '@sallyport/core/api';
import type { z } from 'zod';
import { ApiError } from '../errors.ts';
import type { LoginSession } from '../stores/contracts.ts';
import type { ApiContext, Call, Handler } from './context.ts';
import { assertPermitted, findUser } from './locate.ts';
import { notOfAListing } from './not-of-a-listing.ts';

type SessionQuery = z.output<typeof sessionQuerySchema>;
type Ended = z.output<typeof endedSchema>;

/** Lists the live login sessions of the organization, or of one person in it. */
export const listLoginSessions: Handler = async (context, call): Promise<LoginSessionList> => {
  assertPermitted(context, call, 'loginSessions.read');
  const { user } = call.query as SessionQuery;
  return listOf(context, call, user === undefined ? undefined : findUser(context, call, user).id);
};

/** Lists the caller's own live login sessions. */
export const listMyLoginSessions: Handler = async (context, call): Promise<LoginSessionList> =>
  listOf(context, call, call.caller.principal.id);

/** Ends a login session of somebody in the organization. */
export const endLoginSession: Handler = async (context, call): Promise<void> => {
  assertPermitted(context, call, 'loginSessions.end');
  await endOne(context, call, undefined);
};

/** Ends a login session of the caller. */
export const endMyLoginSession: Handler = (context, call): Promise<void> =>
  endOne(context, call, call.caller.principal.id);

/** Ends all login sessions of a person. */
export const endLoginSessionsOfUser: Handler = async (context, call): Promise<Ended> => {
  assertPermitted(context, call, 'loginSessions.end');
  return endAllOf(context, call, findUser(context, call, call.parameters['name'] ?? '').id);
};

/** Ends all login sessions of the caller, the one that asks included. */
export const endMyLoginSessions: Handler = (context, call): Promise<Ended> =>
  endAllOf(context, call, call.caller.principal.id);

/** Live sessions of the caller's organization, newest first. API keys are sessions too, with a listing of their own. */
function sessionsOf(
  context: ApiContext,
  { caller }: Call,
  principalId: PrincipalId | undefined,
): readonly LoginSession[] {
  return [...context.snapshots.current().loginSessions.values()]
    .filter(({ organizationId }) => organizationId === caller.organization.id)
    .filter((session) => principalId === undefined || session.principalId === principalId)
    .filter(({ method }) => method !== 'apiKey')
    .filter(({ id }) => context.loginSessions.find(id) !== undefined)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}

function listOf(context: ApiContext, call: Call, principalId: PrincipalId | undefined): LoginSessionList {
  const { limit = MAX_PAGE_SIZE, continue: after } = (call.query ?? {}) as Partial<SessionQuery>;
  if (after !== undefined && !isId('loginSession', after)) throw notOfAListing();
  const all = sessionsOf(context, call, principalId);
  const rest = after === undefined ? all : all.filter(({ id }) => id < after);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  const snapshot = context.snapshots.current();
  return {
    items: shown.map((session) => {
      const provider = session.identityProviderId && snapshot.identityProviders.get(session.identityProviderId)?.name;
      const { id, method, createdAt, expiresAt, lastUsedAt, sourceAddress, userAgent } = session;
      return {
        id,
        user: snapshot.principals.get(session.principalId)?.userName ?? session.principalId,
        method,
        ...(provider !== undefined && { identityProvider: provider }),
        createdAt,
        expiresAt,
        ...(lastUsedAt !== undefined && { lastUsedAt }),
        ...(sourceAddress !== undefined && { sourceAddress }),
        ...(userAgent !== undefined && { userAgent }),
        isCurrent: id === call.caller.loginSession.id,
      };
    }),
    metadata: {
      ...(rest.length > shown.length && last !== undefined && { continue: last.id }),
      totalCount: all.length,
      resourceVersion: String(snapshot.version),
    },
  };
}

async function endOne(context: ApiContext, call: Call, principalId: PrincipalId | undefined): Promise<void> {
  const id = call.parameters['id'] ?? '';
  const session = sessionsOf(context, call, principalId).find((each) => each.id === id);
  if (session !== undefined && (await endAll(context, call, [session.id])) === 1) return;
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no live login session ${JSON.stringify(id.slice(0, 64))} for you`,
    nextStep: 'Run `sallyport login-sessions list` to see those that live.',
  });
}

async function endAllOf(context: ApiContext, call: Call, principalId: PrincipalId): Promise<Ended> {
  // Read again first: a session that began on another server a moment ago must not be left out.
  await context.snapshots.refresh();
  const ids: LoginSessionId[] = sessionsOf(context, call, principalId).map(({ id }) => id);
  return { endedCount: await endAll(context, call, ids) };
}

function endAll({ loginSessions }: ApiContext, { caller, sourceAddress }: Call, ids: readonly LoginSessionId[]) {
  return loginSessions.endAll(ids, sourceAddress, 'ended', caller.principal.userName);
}
