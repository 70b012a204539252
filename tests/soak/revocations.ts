/** People who are let in for a while, open what they can, and lose it again: by word, by logging out, or by the clock. */
import { setTimeout as after } from 'node:timers/promises';
import type { GrantId } from '@sallyport/core';
import type { Random } from '../completeness/random.ts';
import { createStreamOpener, type OpenStream, type StreamEnd } from '../replicas/streams.ts';
import { awaitCondition } from '../support/index.ts';
import type { Saboteur } from './faults.ts';
import { CLUSTER, type Installation, ORGANIZATION, PREFIX, type Site } from './installation.ts';
import { BASIS_MS, type EndedStream, namespaceOf } from './invariants.ts';
import { send } from './kube-client.ts';
import type { Worker } from './people.ts';

/** How an access ends. */
export type LossKind = 'grant revoked' | 'login ended' | 'grant expired' | 'request approved and revoked';
export const LOSS_KINDS: readonly [LossKind, ...LossKind[]] = [
  'grant revoked',
  'login ended',
  'grant expired',
  'request approved and revoked',
];

/** Who takes part, and what they need. */
export interface LossRound {
  readonly installation: Installation;
  readonly site: Site;
  /** Where the access is taken. */
  readonly at: Site;
  readonly random: Random;
  readonly owner: Worker;
  readonly guest: Worker;
  readonly saboteur: Pick<Saboteur, 'wasAboutSince' | 'wasDeafSince'>;
  readonly signal: AbortSignal;
}

/** What came of one. */
export interface LossResult {
  readonly ended: readonly EndedStream[];
  /** What was answered although the access was gone. */
  readonly violations: readonly string[];
}

const KINDS = ['watch', 'log', 'exec'] as const;
/** Time enough to open three streams, where the clock ends them, in seconds. */
const SHORT_GRANT_S = 12;
/** A server that heard of nothing for this long decides nothing: what it answers later, it answers with what it knows by then. */
const LEASE_MS = 2_000;

/**
 * Lets the guest in, opens a stream of each kind, takes the access away, and sees what becomes of them. Rejects when it did not
 * come to that: something may have been broken.
 */
export async function loseAccess(kind: LossKind, round: LossRound): Promise<LossResult> {
  const { installation, site, at, owner, guest } = round;
  const beganAt = performance.now();
  await clear(round);
  const grant = await letIn(kind, round);
  const token = await guest.token(site);
  await awaitCondition(async () => (await ask(round, token)).status === 200, {
    what: `${site.name} has heard of the grant`,
    timeoutMs: 10_000,
  });
  const opener = createStreamOpener({ port: site.port, caPem: installation.caPem, prefix: PREFIX, token });
  try {
    const streams = await Promise.all(KINDS.map((each) => opener.open(each, namespaceOf(guest.email))));
    if (kind === 'grant expired') await after(Math.max(0, grant.endsAtMs - Date.now()));
    else if (kind === 'login ended') await (await guest.api(at)).endMyLoginSessions();
    else await (await owner.api(at)).revokeGrant({ organization: ORGANIZATION, id: grant.id, body: {} });
    const goneAt = performance.now();
    if (kind === 'login ended') guest.forget();
    const ended = await Promise.all(streams.map((stream) => endOf(stream, { round, kind, beganAt, goneAt })));
    return { ended, violations: await answersAfter(round, token, kind) };
  } finally {
    opener.close();
  }
}

/** Takes back whatever a round of before left: with it the guest would keep the access that this one takes away. */
async function clear({ at, owner, guest }: LossRound): Promise<void> {
  const api = await owner.api(at);
  const { items } = await api.listGrants({ organization: ORGANIZATION, state: 'active', user: guest.email });
  for (const { id } of items) await api.revokeGrant({ organization: ORGANIZATION, id, body: {} });
}

/** Gives the guest a role in the namespace that is theirs. */
async function letIn(
  kind: LossKind,
  { site, at, owner, guest }: LossRound,
): Promise<{ readonly id: GrantId; readonly endsAtMs: number }> {
  const api = await owner.api(at);
  // Whom a grant is for is known once they have signed in.
  const guestApi = await guest.api(site);
  const terms = {
    role: 'developer',
    scope: { kind: 'clusters' as const, clusters: [CLUSTER], namespaces: { names: [namespaceOf(guest.email)] } },
    duration: kind === 'grant expired' ? `${SHORT_GRANT_S}s` : '10m',
    reason: 'a round of the soak',
  };
  if (kind !== 'request approved and revoked') {
    const { id, endsAt } = await api.createGrant({ organization: ORGANIZATION, body: { ...terms, user: guest.email } });
    return { id, endsAtMs: endsAt.getTime() };
  }
  const { id } = await guestApi.createAccessRequest({ organization: ORGANIZATION, body: terms });
  const { contentSha256 } = await awaitCondition(() => api.getAccessRequest({ organization: ORGANIZATION, id }), {
    what: 'the request is there',
    timeoutMs: 10_000,
  });
  const body = { verdict: 'approve', contentSha256 } as const;
  const { grant } = await api.reviewAccessRequest({ organization: ORGANIZATION, id, body });
  if (grant === undefined) throw new Error('an approval gave no grant');
  return { id: grant.id, endsAtMs: grant.endsAt.getTime() };
}

async function endOf(
  stream: OpenStream,
  { round, kind, beganAt, goneAt }: { round: LossRound; kind: LossKind; beganAt: number; goneAt: number },
): Promise<EndedStream> {
  const { saboteur, site, at } = round;
  const what = `${stream.kind} of ${round.guest.email} by ${site.name}, ${kind} at ${at.name},`;
  const heard = await endWithin(stream, BASIS_MS.heard);
  // What breaks later does not explain that it is still open.
  const wasDeaf = saboteur.wasDeafSince(goneAt);
  const end = heard ?? (await endWithin(stream, BASIS_MS.unheard - BASIS_MS.heard));
  const wasFaulted = saboteur.wasAboutSince(beganAt);
  if (end === undefined) return { what, afterMs: undefined, wasDeaf, wasFaulted, isInProtocol: false };
  return { what, afterMs: end.at - goneAt, wasDeaf, wasFaulted, isInProtocol: end.isInProtocol };
}

async function endWithin(stream: OpenStream, boundMs: number): Promise<StreamEnd | undefined> {
  const bounded = new AbortController();
  const late = after(boundMs, undefined, { signal: bounded.signal }).catch(() => undefined);
  const end = await Promise.race([stream.ended, late]);
  bounded.abort();
  return end;
}

const ask = ({ site, installation: { caPem }, guest, signal }: LossRound, token: string) =>
  send({ site, caPem, token, signal }, 'GET', `/api/v1/namespaces/${namespaceOf(guest.email)}/pods`);

/** Asks once more with the credential of before, until the server gives a definite answer. */
async function answersAfter(round: LossRound, token: string, kind: LossKind): Promise<readonly string[]> {
  const { site, guest, signal, saboteur } = round;
  if (saboteur.wasDeafSince(performance.now())) await after(LEASE_MS, undefined, { signal });
  const status = await awaitCondition(
    async () => {
      const answer = await ask(round, token);
      return answer.status !== 503 && answer.status;
    },
    { what: `${site.name} gives an answer`, timeoutMs: 60_000, everyMs: 200 },
  );
  return status === 401 || status === 403
    ? []
    : [`${guest.email} was answered ${status} by ${site.name} after: ${kind}`];
}
