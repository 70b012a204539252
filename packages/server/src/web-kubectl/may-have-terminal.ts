import { settingsDenial } from '@sallyport/authz';
import type { Clock, Cluster } from '@sallyport/core';
import { effectiveSettings } from '../access/effective-settings.ts';
import { requestOrigin } from '../access/request-origin.ts';
import { isPermitted } from '../api/permissions.ts';
import type { LiveLogin, LoginSessions } from '../authn/login-sessions.ts';
import type { Snapshot } from '../snapshot.ts';

/** Who has a terminal, or asks for one, where, and from which address. */
export interface TerminalHolder {
  readonly login: LiveLogin;
  readonly cluster: Cluster;
  /** Empty: not known, and in no list of addresses. */
  readonly sourceAddress: string;
}

/**
 * Why somebody may not have a terminal, now, in a sentence for them; `undefined`: they may. Whoever may mint a credential on a
 * cluster may, unless settings switch kubectl in the browser off or leave the address out.
 */
export function whyNoTerminal(
  { login, cluster, sourceAddress }: TerminalHolder,
  {
    snapshot,
    loginSessions,
    clock,
  }: { readonly snapshot: Snapshot; readonly loginSessions: Pick<LoginSessions, 'find'>; readonly clock: Clock },
): string | undefined {
  const live = loginSessions.find(login.loginSession.id);
  const current = snapshot.clusters.get(cluster.id);
  if (live === undefined) return 'your login session has ended';
  if (current === undefined || !isPermitted(snapshot, live.principal, 'credentials.create', current)) {
    return 'you may not have a terminal there';
  }
  const { principal } = live;
  const settings = effectiveSettings(snapshot, principal, current);
  if (settings === undefined) return undefined;
  const at = new Date(clock.now());
  const origin = requestOrigin(snapshot, {
    channel: 'webKubectl',
    principalId: principal.id,
    address: sourceAddress,
    at,
  });
  return settingsDenial({ principal, settings, origin })?.message;
}
