import { isDeepStrictEqual } from 'node:util';
import { revokeGrant, type Subject } from '@sallyport/authz';
import type { BindingId, OrganizationId, PrincipalId } from '@sallyport/core';
import { assertOwnerStays, losesLastOwner, writeChange } from '../resources/commit-changes.ts';
import { describeBinding } from '../resources/definitions/binding.ts';
import { createDraft } from '../resources/draft.ts';
import type { PlannedChange } from '../resources/plan-change.ts';
import type { Snapshot } from '../snapshot.ts';
import type { KeptGrant } from '../stores/access-contracts.ts';
import { grantFacts } from '../stores/access-facts.ts';
import type { KeptAccessReviewItem } from '../stores/access-review-contracts.ts';
import type { Transaction } from '../stores/contracts.ts';
import type { BindingRecord } from '../stores/records.ts';
import type { EventMaker } from './review-events.ts';

/** What access is removed on: the newest snapshot, under the lock of the organization. */
export interface RemovalGround {
  readonly tx: Transaction;
  readonly snapshot: Snapshot;
  readonly organizationId: OrganizationId;
  readonly at: Date;
  readonly event: EventMaker;
  /** Absent when the time of the review does it. */
  readonly byId?: PrincipalId;
}

/** Takes access away within one transaction. Nothing of a binding is written before {@link Removals.write}. */
export interface Removals {
  /** Why an item is no longer what was asked about; `undefined` while it is. */
  obstacleTo(item: KeptAccessReviewItem): Promise<string | undefined>;
  /** Takes away what an item without an obstacle gives. */
  remove(item: KeptAccessReviewItem, reason: string): Promise<void>;
  /** Likewise, unless the organization would be left without an owner: says whether it was done. */
  removeUnlessLastOwner(item: KeptAccessReviewItem, reason: string): Promise<boolean>;
  /**
   * Writes all bindings that changed.
   * @throws ApiError `ERR_API_LAST_OWNER`
   */
  write(): Promise<void>;
}

/** Begins to take access away. */
export function createRemovals({ tx, snapshot, organizationId, at, event, byId }: RemovalGround): Removals {
  const draft = createDraft(snapshot, at);
  const changed = new Set<BindingId>();
  const organization = { id: organizationId, name: snapshot.organizations.get(organizationId)?.name ?? organizationId };

  function withoutSubject(item: KeptAccessReviewItem): void {
    const record = bindingOf(item);
    if (record === undefined) return;
    const subjects = record.subjects.filter((subject) => !isSame(subject, item.subject));
    if (subjects.length === 0) draft.remove('Binding', record.id);
    else draft.put('Binding', { ...record, subjects });
    changed.add(record.id);
  }

  function bindingOf({ about }: KeptAccessReviewItem): BindingRecord | undefined {
    return about.kind === 'binding' ? draft.get('Binding', about.id) : undefined;
  }

  async function lockGrant({ about }: KeptAccessReviewItem): Promise<KeptGrant | undefined> {
    return about.kind === 'grant' ? tx.access.lockGrant(organizationId, about.id) : undefined;
  }

  async function endGrant(item: KeptAccessReviewItem, reason: string): Promise<void> {
    const grant = await lockGrant(item);
    const ended = grant && revokeGrant(grant, { at, reason, ...(byId !== undefined && { byId }) });
    if (grant === undefined || ended?.outcome !== 'changed') throw new TypeError(`${item.id} has an obstacle`);
    const revoked: KeptGrant = { ...grant, ...ended.grant };
    await tx.access.updateGrant(revoked);
    await tx.appendAudit(event('grant.revoked', grantFacts(revoked)));
  }

  async function remove(item: KeptAccessReviewItem, reason: string): Promise<void> {
    if (item.about.kind === 'grant') await endGrant(item, reason);
    else withoutSubject(item);
  }

  return {
    async obstacleTo(item) {
      if (item.about.kind === 'grant') {
        const grant = await lockGrant(item);
        return grant !== undefined && grant.end === undefined && grant.endsAt > at ? undefined : 'the grant has ended';
      }
      return describeBindingChange(item, bindingOf(item));
    },
    remove,
    async removeUnlessLastOwner(item, reason) {
      const before = bindingOf(item);
      const isOwner = before !== undefined && draft.get('Role', before.roleId)?.name === OWNER;
      await remove(item, reason);
      if (!isOwner || !losesLastOwner(draft, organizationId)) return true;
      draft.put('Binding', before);
      return false;
    },
    async write() {
      assertOwnerStays(draft, organization);
      for (const id of changed) {
        const before = snapshot.get('Binding', id);
        const change = before && changeOf(before, draft.get('Binding', id), snapshot);
        if (change !== undefined) await writeChange(tx, change, { organization, eventOf: event });
      }
    },
  };
}

/** Name of the role that makes owners. */
const OWNER = 'owner';

/** What of a binding is not as it was asked about. Who else is in it, and what people call it, does not matter. */
function describeBindingChange(
  { subject, basis }: KeptAccessReviewItem,
  record: BindingRecord | undefined,
): string | undefined {
  if (record === undefined) return 'the binding is gone';
  if (!record.subjects.some((one) => isSame(one, subject))) return 'the binding no longer names the subject';
  const { roleId, scope, condition } = record;
  if (roleId !== basis.roleId) return 'the binding gives another role by now';
  const isAsBefore = isDeepStrictEqual([scope, condition], [basis.scope, basis.condition]);
  return isAsBefore ? undefined : 'the binding reaches something else by now';
}

function isSame(a: Subject, b: Subject): boolean {
  if (a.kind === 'principal') return b.kind === 'principal' && a.id === b.id;
  return b.kind === 'group' && a.issuer === b.issuer && a.name === b.name;
}

function changeOf(
  before: BindingRecord,
  after: BindingRecord | undefined,
  snapshot: Snapshot,
): PlannedChange | undefined {
  if (after !== undefined && after.subjects.length === before.subjects.length) return undefined;
  const specOf = (record: BindingRecord) => ({
    name: record.name,
    labels: record.labels,
    spec: describeBinding(record, snapshot),
  });
  return {
    kind: 'Binding',
    name: before.name,
    recordKind: 'Binding',
    id: before.id,
    expected: before.resourceVersion,
    before: specOf(before),
    ...(after === undefined
      ? { action: 'deleted' as const }
      : { action: 'updated' as const, record: after, after: specOf(after) }),
  };
}
