import { describeError } from '../output/error.ts';
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
  /** Why the session has ended or can't be looked at. */
  readonly detail?: string;
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
        const me = await withSession(context, { profile: name }, ({ api }) => api.whoAmI());
        return { ...known, session: 'live', expiresAt: me.loginSession.expiresAt };
      } catch (error) {
        const { code, sentence } = describeError(error);
        return { ...known, session: ENDED.has(code) ? 'ended' : 'unknown', detail: `${sentence} (${code})` };
      }
    }),
  );
}
