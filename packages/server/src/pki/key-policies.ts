import type { KeyKind } from '../stores/key-contracts.ts';
import { AGENT_CERTIFICATE_LIFETIME_MS } from './agent-authority.ts';
import type { KeyPolicy } from './key-plan.ts';
import { PEER_CERTIFICATE_LIFETIME_MS } from './peer-certificate.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How often a server looks for changed keys, in milliseconds. */
export const KEY_POLL_MS = 1 * SECOND_MS;

/** A server that could not look for that long makes no decisions, in milliseconds. */
export const KEY_LEASE_MS = 10 * SECOND_MS;

/**
 * Shortest announcement, in milliseconds: every server that still decides has the key by then (`KEY_LEASE_MS`), with room for clocks
 * that differ, and connected agents were told of it.
 */
export const MIN_ANNOUNCE_MS = 30 * SECOND_MS;

// What an agent must know before it matters, it learns in time when the announcement outlives the agent's certificate: an
// agent that was not connected since is one that has to enrol again anyway.
const AGENTS_KNOW_MS = 1.5 * AGENT_CERTIFICATE_LIFETIME_MS;

/**
 * Longest life of a kube credential that a client keeps (client certificate, static token), in milliseconds, whatever the
 * settings allow: a working day, and no longer than a login session lives by default.
 */
export const MAX_KEPT_CREDENTIAL_LIFETIME_MS = 12 * HOUR_MS;

/** Lives of all keys, unless the configuration says otherwise about `lifetimeMs`. */
export const KEY_POLICIES: Readonly<Record<KeyKind, KeyPolicy>> = {
  // People who trust the server's own CA need time to take over the bundle; leaves are issued anew at once, so a retired
  // CA is needed only until the last server has done so.
  frontTls: { lifetimeMs: 3 * 365 * DAY_MS, announceMs: 30 * DAY_MS, overlapMs: HOUR_MS },
  agentCa: { lifetimeMs: 365 * DAY_MS, announceMs: HOUR_MS, overlapMs: AGENT_CERTIFICATE_LIFETIME_MS + HOUR_MS },
  kubeCredential: {
    lifetimeMs: 30 * DAY_MS,
    announceMs: 10 * MINUTE_MS,
    overlapMs: MAX_KEPT_CREDENTIAL_LIFETIME_MS + 15 * MINUTE_MS,
  },
  userCa: { lifetimeMs: 365 * DAY_MS, announceMs: HOUR_MS, overlapMs: MAX_KEPT_CREDENTIAL_LIFETIME_MS + HOUR_MS },
  // Capabilities live for a minute.
  capability: { lifetimeMs: 90 * DAY_MS, announceMs: AGENTS_KNOW_MS, overlapMs: 5 * MINUTE_MS },
  // Access and ID tokens live for ten minutes; clients may keep the published key set for a while.
  oauth: { lifetimeMs: 30 * DAY_MS, announceMs: HOUR_MS, overlapMs: 15 * MINUTE_MS },
  // Nothing that is sealed for a browser outlives a login session.
  cookie: { lifetimeMs: 30 * DAY_MS, announceMs: 10 * MINUTE_MS, overlapMs: DAY_MS },
  // Witnesses need time to take over the announced key. Public halves are published for ever, whatever becomes of the key.
  auditCheckpoint: { lifetimeMs: 365 * DAY_MS, announceMs: DAY_MS, overlapMs: 5 * MINUTE_MS },
  // Replicas take certificates under the new CA as soon as it signs; what runs on connections of before goes on until they end.
  peerCa: { lifetimeMs: 365 * DAY_MS, announceMs: HOUR_MS, overlapMs: PEER_CERTIFICATE_LIFETIME_MS + HOUR_MS },
};

/** {@link KEY_POLICIES} with other lifetimes where some are given; `undefined` as a value ends rotation on schedule. */
export function keyPolicies(
  lifetimes: Readonly<Partial<Record<KeyKind, number | undefined>>> = {},
): Readonly<Record<KeyKind, KeyPolicy>> {
  const changed = Object.entries(lifetimes) as [KeyKind, number | undefined][];
  return {
    ...KEY_POLICIES,
    ...Object.fromEntries(changed.map(([purpose, lifetimeMs]) => [purpose, { ...KEY_POLICIES[purpose], lifetimeMs }])),
  };
}
