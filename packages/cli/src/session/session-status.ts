import type { ApiClient, EndedStream, EndedStreamList } from '@sallyport/core/api';
import { describeError } from '../output/error.ts';
import type { HeldGrant } from '../output/held-grants.ts';
import type { Profiles } from '../state/profiles.ts';
import type { SessionContext } from './session.ts';
import { withSession } from './session.ts';

/** How a login session stands, as its server says. */
export interface SessionStatus {
  readonly profile: string;
  readonly server: string;
  readonly isCurrent: boolean;
  readonly userName: string;
  readonly organization: string;
  readonly session: 'live' | 'ended' | 'unknown';
  readonly expiresAt?: Date;
  /** Grants that have not ended. */
  readonly grants?: readonly HeldGrant[];
  /** How many access requests wait for a review by this account. */
  readonly pendingReviews?: number;
  /** Why the session has ended or can't be looked at. */
  readonly detail?: string;
  /** What ended before its time within the last hour, newest first. Absent: the server could not be asked. */
  readonly endedStreams?: readonly EndedStream[];
}

const ENDED: ReadonlySet<string> = new Set([
  'ERR_CLI_NOT_LOGGED_IN',
  'ERR_CLI_SESSION_ENDED',
  'ERR_API_UNAUTHENTICATED',
]);

/** Asks the servers of all profiles how each login session stands; all at once. Never rejects. */
export function readSessionStatuses(context: SessionContext, profiles: Profiles): Promise<readonly SessionStatus[]> {
  return Promise.all(
    profiles.items.map(async ({ name, url, userName, organization }): Promise<SessionStatus> => {
      const known = { profile: name, server: url, isCurrent: profiles.current === name, userName, organization };
      try {
        const [me, ended] = await withSession(context, { profile: name }, ({ api }) =>
          Promise.all([api.whoAmI(), endedStreamsOf(api)]),
        );
        const { grants, pendingReviews } = me;
        const { expiresAt } = me.loginSession;
        const endedStreams = ended?.items;
        return { ...known, session: 'live', expiresAt, grants, pendingReviews, ...(endedStreams && { endedStreams }) };
      } catch (error) {
        const { code, sentence } = describeError(error);
        return { ...known, session: ENDED.has(code) ? 'ended' : 'unknown', detail: `${sentence} (${code})` };
      }
    }),
  );
}

/** An older server has none to tell of, and the status of a session must not depend on it. */
function endedStreamsOf(api: ApiClient): Promise<EndedStreamList | undefined> {
  return api.listMyEndedStreams().catch(() => undefined);
}
