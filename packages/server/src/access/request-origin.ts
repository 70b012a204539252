import type { RequestOrigin } from '@sallyport/authz';
import type { PrincipalId } from '@sallyport/core';
import { type AddressList, compileAddressList } from '../network/address-list.ts';
import type { Snapshot } from '../snapshot.ts';
import type { LoginSession } from '../stores/contracts.ts';

/** What is known of where a request comes from. */
export interface RequestFacts {
  readonly channel: RequestOrigin['channel'];
  readonly principalId: PrincipalId;
  /** Address of the peer; see `ProxyRequest`. */
  readonly address: string;
  readonly at: Date;
}

/** Makes what settings and conditions are checked against. Sessions and lists are looked through only when asked about. */
export function requestOrigin(
  { loginSessions }: Pick<Snapshot, 'loginSessions'>,
  { channel, principalId, address, at }: RequestFacts,
): RequestOrigin {
  return {
    channel,
    address,
    get hasWebSession() {
      return webSessionsOf(loginSessions, principalId).some(({ expiresAt }) => expiresAt > at);
    },
    isAddressIn: (ranges) => listOf(ranges)(address),
  };
}

type Sessions = Snapshot['loginSessions'];
const webSessions = new WeakMap<Sessions, ReadonlyMap<PrincipalId, readonly LoginSession[]>>();

/** Sessions of browsers by principal, indexed once per snapshot. */
function webSessionsOf(sessions: Sessions, principalId: PrincipalId): readonly LoginSession[] {
  const known = webSessions.get(sessions) ?? indexWebSessions(sessions);
  webSessions.set(sessions, known);
  return known.get(principalId) ?? [];
}

function indexWebSessions(sessions: Sessions): ReadonlyMap<PrincipalId, readonly LoginSession[]> {
  const index = new Map<PrincipalId, LoginSession[]>();
  for (const session of sessions.values()) {
    if (session.client !== 'web') continue;
    const others = index.get(session.principalId);
    if (others === undefined) index.set(session.principalId, [session]);
    else others.push(session);
  }
  return index;
}

const lists = new WeakMap<readonly string[], AddressList>();

/** A list compiled once. One with an entry that can't be read holds nobody. */
function listOf(ranges: readonly string[]): AddressList {
  const known = lists.get(ranges) ?? compile(ranges);
  lists.set(ranges, known);
  return known;
}

function compile(ranges: readonly string[]): AddressList {
  try {
    return compileAddressList(ranges);
  } catch {
    return () => false;
  }
}
