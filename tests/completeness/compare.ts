/** The cluster's own audit log held against ours, one to one by the id that both have. */
import type { AuditEvent } from '@sallyport/audit';

/** A request as the cluster saw it. */
export interface SeenRequest {
  /** Id of its audit event there, which is that of our decision. */
  readonly auditId: string;
  /** Which of its events it is: a long one has one at its start and one at its end. */
  readonly stage: string;
  readonly what: string;
}

/** What came of the comparison. */
export interface Comparison {
  readonly seen: number;
  readonly started: number;
  readonly completed: number;
  readonly interrupted: number;
  readonly denied: number;
  /** Every sentence is a fault. */
  readonly faults: readonly string[];
}

const BEFORE = '-before';

/**
 * Compares. Every request that the cluster saw has in ours one start and one outcome; every start has one outcome; and what
 * the cluster did not see says of itself that it was refused, cut, lost or interrupted.
 */
export function compare(seen: readonly SeenRequest[], events: readonly AuditEvent[]): Comparison {
  const faults: string[] = [];
  const starts = new Map<string, AuditEvent[]>();
  const outcomes = new Map<string, AuditEvent[]>();
  for (const event of events) {
    const id = event.request?.id;
    if (id === undefined) continue;
    if (event.code === 'proxy.request.started') put(starts, id, event);
    if (isOutcome(event)) put(outcomes, id, event);
  }
  const seenIds = new Map<string, string>();
  const stages = new Set<string>();
  for (const { auditId, stage, what } of seen) {
    if (stages.has(`${auditId} ${stage}`)) faults.push(`${what} (${auditId}) was seen by the cluster twice`);
    stages.add(`${auditId} ${stage}`);
    // The server's own read of an object before a write is part of that write, and names it.
    const isReadBefore = auditId.endsWith(BEFORE);
    if (!isReadBefore) seenIds.set(auditId, what);
    else if (!starts.has(auditId.slice(0, -BEFORE.length)))
      faults.push(`${what} (${auditId}) is part of no write here`);
  }
  for (const [id, what] of seenIds) {
    const [begun, ended] = [starts.get(id)?.length ?? 0, outcomes.get(id)?.length ?? 0];
    if (begun !== 1 || ended !== 1)
      faults.push(`${what} (${id}) was seen by the cluster: ${begun} starts, ${ended} outcomes here`);
  }
  for (const [id, [event]] of starts) {
    const ended = outcomes.get(id)?.length ?? 0;
    if (ended !== 1) faults.push(`${event?.request?.path} (${id}) has ${ended} outcomes`);
  }
  for (const [id, [event]] of outcomes) {
    const { outcome } = event ?? {};
    const claimsToBeSeen =
      event?.code === 'proxy.request.completed' && outcome?.ended === 'completed' && starts.has(id);
    if (claimsToBeSeen && outcome?.errorCode === undefined && !seenIds.has(id)) {
      faults.push(
        `${event?.request?.method} ${event?.request?.path} (${id}) ended as ${outcome?.status}, and the cluster never saw it`,
      );
    }
  }
  const count = (code: AuditEvent['code']) => events.filter((event) => event.code === code).length;
  return {
    seen: seenIds.size,
    started: starts.size,
    completed: count('proxy.request.completed'),
    interrupted: count('proxy.request.interrupted'),
    denied: count('proxy.request.denied'),
    faults,
  };
}

function isOutcome({ code }: AuditEvent): boolean {
  return code === 'proxy.request.completed' || code === 'proxy.request.interrupted' || code === 'proxy.request.denied';
}

function put(map: Map<string, AuditEvent[]>, id: string, event: AuditEvent): void {
  map.set(id, [...(map.get(id) ?? []), event]);
}
