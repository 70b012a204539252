import {
  AUDIT_CATALOGUE,
  type AuditChange,
  type AuditEvent,
  type AuditOutcome,
  type AuditPipeline,
  type AuditPrincipal,
  type Delivery,
  requestEventId,
} from '@sallyport/audit';
import { type Clock, firstHeader, type Principal, type SessionRecordingId } from '@sallyport/core';
import type { Admission, Facts } from './admit.ts';
import type { Refusal } from './refusal.ts';
import { sensitiveUses } from './sensitive-uses.ts';

/** Writes the audit events of proxied requests. */
export interface RequestRecorder {
  /** Before anything goes upstream. Rejects when the event can't be recorded: then the request must not run. */
  started(admission: Admission): Promise<void>;
  /** After the end. Never rejects: the effect has happened; an undelivered outcome is logged by the pipeline. */
  completed(
    admission: Admission,
    outcome: AuditOutcome,
    change?: AuditChange,
    recordingId?: SessionRecordingId,
  ): Promise<void>;
  /** In place of both, for a request that was answered here without asking the cluster. Never rejects. */
  answered(facts: Facts, status: number, bytesSent: number): Promise<void>;
  /**
   * In place of `started`, for a request that is refused. With `count`, for that many refusals alike, of which this was the
   * first.
   */
  denied(facts: Facts, refusal: Refusal, status: number, count?: number): Promise<void>;
}

/** kubectl tries a refused exec by WebSocket again by SPDY, at once: one refusal, one event. */
const RETRY_WINDOW_MS = 1_000;
const MAX_REMEMBERED_DENIALS = 1_000;

/** Makes a recorder in front of `audit`. */
export function createRequestRecorder(audit: AuditPipeline, clock: Clock): RequestRecorder {
  const deniedUpgrades = new Map<string, number>();

  /** Whether this is the SPDY repeat of an upgrade that was refused over WebSocket a moment ago. */
  function isRepeat(facts: Facts): boolean {
    if (facts.upgrade === undefined || facts.who === undefined) return false;
    const session = firstHeader(facts.request.headers, 'kubectl-session');
    if (session === undefined) return false;
    const key = `${facts.who.principal.id} ${session} ${facts.request.target}`;
    const now = clock.monotonicMs();
    if (facts.upgrade === 'SPDY/3.1') {
      const at = deniedUpgrades.get(key);
      deniedUpgrades.delete(key);
      return at !== undefined && now - at <= RETRY_WINDOW_MS;
    }
    if (deniedUpgrades.size >= MAX_REMEMBERED_DENIALS) {
      const oldest = deniedUpgrades.keys().next();
      if (!oldest.done) deniedUpgrades.delete(oldest.value);
    }
    deniedUpgrades.set(key, now);
    return false;
  }

  /** Records what has happened. Where the spool takes nothing, it goes to the database itself: it can't be taken back. */
  async function keep(outcome: AuditEvent): Promise<void> {
    await audit
      .record(outcome, 'prompt')
      .catch(() => audit.record(outcome, 'required'))
      .catch(() => {});
  }

  return {
    started: (admission) => audit.record(describe('proxy.request.started', admission, clock), deliveryOf(admission)),
    async completed(admission, outcome, change, recordingId) {
      admission.trace.end(admission, outcome);
      const described = describe('proxy.request.completed', admission, clock);
      const event: AuditEvent = {
        ...described,
        outcome,
        ...(change && { change }),
        ...(recordingId && { recordingId }),
      };
      await keep(event);
    },
    async answered(facts, status, bytesSent) {
      const outcome: AuditOutcome = { status, bytesSent, bytesReceived: 0, durationMs: 0, ended: 'completed' };
      facts.trace.end(facts, outcome);
      const event: AuditEvent = { ...describe('proxy.request.completed', facts, clock), outcome };
      await keep(event);
    },
    async denied(facts, refusal, status, count) {
      const outcome: AuditOutcome = {
        status,
        bytesSent: 0,
        bytesReceived: 0,
        durationMs: 0,
        ended: 'refused',
        errorCode: refusal.code,
      };
      facts.trace.end(facts, outcome);
      if (count === undefined && isRepeat(facts)) return;
      const decision = {
        effect: 'deny',
        reasons: [refusal.message],
        snapshotVersion: facts.decision?.snapshotVersion ?? 0,
        ...(facts.question?.actAs && { impersonatedUser: facts.question.actAs.userName }),
      } as const;
      const described = describe('proxy.request.denied', facts, clock);
      const event: AuditEvent = {
        ...described,
        decision,
        outcome,
        ...(count !== undefined && { details: { ...described.details, count } }),
      };
      // The refusal stands whether or not it could be recorded; the pipeline logs what it could not deliver.
      // A server that has lost its database says so at once, instead of when it gives up on the database.
      const delivery = refusal.code === 'ERR_PROXY_SNAPSHOT_STALE' ? 'prompt' : 'required';
      await audit.record(event, delivery).catch(() => {});
    },
  };
}

/** Reads are `prompt`; whatever changes something or opens a channel is `required`. */
function deliveryOf(admission: Admission): Delivery {
  const { verb } = admission.attributes;
  const isRead = verb === 'get' || verb === 'list' || verb === 'watch' || verb === 'head' || verb === 'options';
  return isRead && admission.upgrade === undefined ? 'prompt' : 'required';
}

type RequestEventCode = 'proxy.request.started' | 'proxy.request.completed' | 'proxy.request.denied';

function describe<Code extends RequestEventCode>(code: Code, facts: Facts, clock: Clock): AuditEvent<Code> {
  const { request, who } = facts;
  const { sensitive, ...shared } = sharedParts(facts);
  const now = clock.now();
  const event: AuditEvent<RequestEventCode> = {
    id: requestEventId(facts.requestId, code === 'proxy.request.started' ? 'started' : 'outcome'),
    code,
    at: new Date(now),
    severity: sensitive.length > 0 ? 'warning' : AUDIT_CATALOGUE[code].severity,
    ...(sensitive.length > 0 && { details: { sensitive } }),
    ...(who && {
      organizationId: who.principal.organizationId,
      clusterId: who.cluster.id,
      clusterName: who.cluster.name,
      principal: principalPart(who.principal),
      ...(who.session && { loginSessionId: who.session.id }),
    }),
    ...(!who && facts.location && { clusterName: facts.location.clusterName }),
    sourceAddress: request.peerAddress,
    traceId: facts.trace.id,
    ...shared,
  };
  return event as AuditEvent<Code>;
}

type SharedParts = Pick<AuditEvent<RequestEventCode>, 'request' | 'decision'> & {
  readonly sensitive: readonly string[];
};

/** Objects that events of one request, or of one person, have in common: they are looked through and written once. */
const partsOf = new WeakMap<Facts, SharedParts>();
const principals = new WeakMap<Principal, AuditPrincipal>();

function sharedParts(facts: Facts): SharedParts {
  const known = partsOf.get(facts);
  if (known !== undefined) return known;
  const { request, decision } = facts;
  const kubectlCommand = firstHeader(request.headers, 'kubectl-command');
  const kubectlSession = firstHeader(request.headers, 'kubectl-session');
  const userAgent = firstHeader(request.headers, 'user-agent');
  const parts: SharedParts = {
    sensitive: sensitiveUses(facts),
    request: {
      id: facts.requestId,
      method: request.method,
      path: facts.attributes?.path ?? pathOf(request.target),
      ...(facts.attributes && { attributes: facts.attributes }),
      ...(userAgent !== undefined && { userAgent }),
      ...(kubectlCommand !== undefined && { kubectlCommand }),
      ...(kubectlSession !== undefined && { kubectlSession }),
      ...(request.channel !== undefined && request.channel !== 'kubectl' && { channel: request.channel }),
    },
    ...(decision?.effect === 'allow' && {
      decision: {
        effect: 'allow',
        reasons: decision.reasons.map((reason) => reason.message),
        snapshotVersion: decision.snapshotVersion,
        impersonatedUser: decision.impersonate.user,
        impersonatedGroups: decision.impersonate.groups,
      },
    }),
  };
  partsOf.set(facts, parts);
  return parts;
}

function principalPart(principal: Principal): AuditPrincipal {
  const known = principals.get(principal);
  if (known !== undefined) return known;
  const { id, userName, groups, issuer } = principal;
  const part: AuditPrincipal = { id, userName, groups, issuer };
  principals.set(principal, part);
  return part;
}

/** Queries may hold commands and selectors of any size; audit keeps the path alone. */
function pathOf(target: string): string {
  const query = target.indexOf('?');
  return (query < 0 ? target : target.slice(0, query)).slice(0, 2_048);
}
