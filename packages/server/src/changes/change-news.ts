import { type AuditCategory, type AuditEvent, codesOfCategory, detailsOf } from '@sallyport/audit';
import { type Clock, isId, type Logger, type OrganizationId, type Timer } from '@sallyport/core';
import type { KeptAccessRequest, KeptGrant } from '../stores/access-contracts.ts';
import type { Store } from '../stores/contracts.ts';

/** Something that was changed, with what it was about as it is by now. */
export interface Change {
  readonly event: AuditEvent;
  readonly request?: KeptAccessRequest;
  readonly grant?: KeptGrant;
}

/** Tells of changes in an organization, whichever server made them. */
export interface ChangeNews {
  /** Tells `listener` of what changes from now on. Returns the way to stop. */
  subscribe(organizationId: OrganizationId, listener: (changes: readonly Change[]) => void): () => void;
}

/** What {@link createChangeNews} works with. */
export interface ChangeNewsOptions {
  readonly store: Pick<Store, 'auditReads' | 'auditSinks' | 'access'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Categories of the events that changes write, but for those that no page shows as they come. */
const CATEGORIES: readonly AuditCategory[] = ['access', 'admin', 'agent', 'identity', 'recording', 'session'];
const CODES = CATEGORIES.flatMap(codesOfCategory);
/** How often the log is looked at, in milliseconds: what other servers append is not told here. */
const LOOK_MS = 1_000;
const BATCH = 200;

interface Follower {
  readonly listeners: Set<(changes: readonly Change[]) => void>;
  close(): void;
}

/**
 * Makes news of the audit log, which has an event of every change. One organization is followed once, however many listen, and
 * not at all while nobody does.
 */
export function createChangeNews({ store, clock, logger }: ChangeNewsOptions): ChangeNews {
  const followers = new Map<OrganizationId, Follower>();

  async function describe(event: AuditEvent): Promise<Change> {
    const { organizationId } = event;
    if (organizationId === undefined) return { event };
    const grantId = idOf('grant', event);
    const grant = grantId && (await store.access.findGrant(organizationId, grantId));
    const requestId = idOf('accessRequest', event) ?? grant?.requestId;
    const request = requestId && (await store.access.findRequest(organizationId, requestId));
    return { event, ...(grant && { grant }), ...(request && { request }) };
  }

  function follow(organizationId: OrganizationId): Follower {
    const selection = { organizationId, sight: 'all', codes: CODES } as const;
    const listeners: Follower['listeners'] = new Set();
    let next: number | undefined;
    let isLooking = false;
    let isWanted = false;
    let isClosed = false;
    let timer: Timer | undefined;

    async function look(): Promise<void> {
      const size = await store.auditReads.logSize(selection);
      next ??= size;
      while (next < size && !isClosed) {
        const logged = await store.auditReads.logged(selection, { from: next, to: size, limit: BATCH });
        const last = logged.at(-1);
        next = logged.length === BATCH && last !== undefined ? last.logIndex + 1 : size;
        const changes: Change[] = [];
        for (const { event } of logged) changes.push(await describe(event));
        if (changes.length > 0) for (const listener of [...listeners]) listener(changes);
      }
    }

    async function run(): Promise<void> {
      isWanted = true;
      if (isLooking) return;
      isLooking = true;
      timer?.cancel();
      while (isWanted && !isClosed) {
        isWanted = false;
        await look().catch((err: unknown) => logger.warn({ err, organizationId }, 'changes could not be told'));
      }
      isLooking = false;
      if (!isClosed) timer = clock.setTimeout(start, LOOK_MS);
    }

    const start = () => void run();
    // What this server appends is told without waiting for the next look.
    const unwatch = store.auditSinks.watch(start);
    start();
    return {
      listeners,
      close() {
        isClosed = true;
        timer?.cancel();
        unwatch();
      },
    };
  }

  return {
    subscribe(organizationId, listener) {
      const follower = followers.get(organizationId) ?? follow(organizationId);
      followers.set(organizationId, follower);
      follower.listeners.add(listener);
      return () => {
        follower.listeners.delete(listener);
        if (follower.listeners.size > 0 || followers.get(organizationId) !== follower) return;
        followers.delete(organizationId);
        follower.close();
      };
    },
  };
}

/** The id that the details of an event name of a request or a grant. */
function idOf<Kind extends 'accessRequest' | 'grant'>(kind: Kind, event: AuditEvent) {
  const id = detailsOf(event)[`${kind}Id`];
  return typeof id === 'string' && isId(kind, id) ? id : undefined;
}
