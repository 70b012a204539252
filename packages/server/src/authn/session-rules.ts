import { parseDuration } from '@sallyport/core';
import type { OrganizationSettings } from '@sallyport/core/api';
import type { LoginSession } from '../stores/contracts.ts';

/** How long login sessions live, in milliseconds. */
export interface SessionRules {
  /** Absolute life: refreshing never extends it. */
  readonly lifetimeMs: number;
  /** Unused for longer, a session ends. Absent: it may rest. */
  readonly idleMs?: number;
}

/** Default life of a login session: a working day, after which the person signs in again. */
export const DEFAULT_LOGIN_SESSION_LIFETIME_MS = 12 * 60 * 60 * 1000;

/** The rules of an organization. Its own settings only ever shorten what the installation gives. */
export function resolveSessionRules(
  settings: Pick<OrganizationSettings, 'loginSessionLifetime' | 'loginSessionIdle'> | undefined,
  lifetimeMs: number = DEFAULT_LOGIN_SESSION_LIFETIME_MS,
): SessionRules {
  const { loginSessionLifetime, loginSessionIdle } = settings ?? {};
  return {
    lifetimeMs:
      loginSessionLifetime === undefined ? lifetimeMs : Math.min(lifetimeMs, parseDuration(loginSessionLifetime)),
    ...(loginSessionIdle !== undefined && { idleMs: parseDuration(loginSessionIdle) }),
  };
}

/** When a session ends by itself: at its end, after too long a rest, or when the rules became stricter than it is old. */
export function endOfSession(session: LoginSession, rules: SessionRules, lastUsedAt?: Date): Date {
  // A machine's session ends when its key or token says; nobody sits before it who could sign in again.
  if (session.client === 'machine') return session.expiresAt;
  const ends = [session.expiresAt.getTime(), session.createdAt.getTime() + rules.lifetimeMs];
  if (rules.idleMs !== undefined) {
    const used = Math.max((session.lastUsedAt ?? session.createdAt).getTime(), lastUsedAt?.getTime() ?? 0);
    ends.push(used + rules.idleMs);
  }
  return new Date(Math.min(...ends));
}
