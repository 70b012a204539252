import type { AuditEvent } from '@sallyport/audit';

/** Requests of one person that are further apart than this are of two commands, in milliseconds. */
export const CHAIN_GAP_MS = 2_000;

/** Who asks from where: what the requests of one command have in common when kubectl names none. */
export function clientKeyOf({ principal, clusterId, loginSessionId, request }: AuditEvent): string {
  return JSON.stringify([principal?.id, clusterId, loginSessionId, request?.userAgent]);
}

/** Whether an event may be correlated with others: a request of kubectl that names no command. */
export function isCorrelated({ request }: AuditEvent): boolean {
  return request !== undefined && request.kubectlSession === undefined && /^kubectl\b/.test(request.userAgent ?? '');
}

/**
 * The events that belong together with `head`, itself in front; `undefined` when one before it does, so that it is not the first.
 * @param around events of the same person around the head, in order of time
 */
export function chainFrom(head: AuditEvent, around: readonly AuditEvent[]): readonly AuditEvent[] | undefined {
  const key = clientKeyOf(head);
  const alike = around.filter((event) => isCorrelated(event) && clientKeyOf(event) === key);
  const at = alike.findIndex(({ id }) => id === head.id);
  if (at === -1) return undefined;
  const before = alike[at - 1];
  if (before !== undefined && isNear(before, head)) return undefined;
  const chain = [head];
  for (const event of alike.slice(at + 1)) {
    if (!isNear(chain.at(-1) as AuditEvent, event)) break;
    chain.push(event);
  }
  return chain;
}

function isNear(before: AuditEvent, after: AuditEvent): boolean {
  return after.at.getTime() - before.at.getTime() <= CHAIN_GAP_MS;
}
