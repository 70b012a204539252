import type { SessionResource, WhoAmI } from '@sallyport/core/api';
import { mayAnywhere } from '../../app/capabilities.ts';

type Reader = Pick<WhoAmI, 'principal' | 'permissionsAnywhere'> | undefined;
type Owned = Pick<SessionResource, 'principalId'>;

/** Whether a session is the reader's own. */
export function isOwnSession(me: Reader, { principalId }: Owned): boolean {
  return me?.principal.id === principalId;
}

/** Whether ending a session is offered: one's own, or those of others by permission. Where that reaches is up to the server. */
export function mayEnd(me: Reader, session: Owned): boolean {
  return isOwnSession(me, session) || mayAnywhere(me, 'sessions.terminate');
}
