import type { AuditEvent, AuditEventCode, AuditFacts } from '@sallyport/audit';
import { wouldLoseLastOwner } from '@sallyport/authz';
import { deciding } from '../api/authority.ts';
import type { ApiContext } from '../api/context.ts';
import { ApiError } from '../errors.ts';
import type { Transaction } from '../stores/contracts.ts';
import { StoreError } from '../stores/errors.ts';
import type { OrganizationRecord, RecordKind, RecordOf } from '../stores/records.ts';
import { createDraft, type Draft } from './draft.ts';
import { assertWithinLimits } from './limits.ts';
import { conflict, type PlannedChange } from './plan-change.ts';

/** What {@link commitChanges} works on. */
export interface CommitOptions {
  readonly context: Pick<ApiContext, 'store' | 'snapshots' | 'clock'>;
  readonly organization: Pick<OrganizationRecord, 'id' | 'name'>;
  /** Plans all changes. Runs again when the ground moved; has no effects. @throws ApiError */
  readonly plan: (draft: Draft) => readonly PlannedChange[];
  /** Makes the audit event of a change, in the name of whoever makes it. */
  readonly eventOf: <Code extends AuditEventCode>(code: Code, facts: AuditFacts<Code>) => AuditEvent<Code>;
  /** Decide and check, change nothing. */
  readonly isDryRun?: boolean;
  /** Told of each record that was written, inside the transaction. */
  readonly onWritten?: (tx: Transaction, record: RecordOf[RecordKind]) => Promise<void>;
}

/**
 * Plans changes on the newest snapshot and writes them in one transaction: all of them with their audit events, or none.
 * Plans are serialized by a lock on the organization, and made anew when anything that they could have been decided on
 * changed since, so that two administrators can't each do half of what neither may do alone.
 * @throws ApiError
 */
export async function commitChanges(options: CommitOptions): Promise<readonly PlannedChange[]> {
  const { context, organization, isDryRun = false } = options;
  try {
    return await deciding(context, organization.id, async (snapshot, commit) => {
      const draft = createDraft(snapshot, new Date(context.clock.now()));
      const changes = options.plan(draft);
      assertOwnerStays(draft, organization);
      assertWithinLimits(draft, organization);
      const effective = changes.filter(({ action }) => action !== 'unchanged');
      if (!isDryRun && effective.length > 0) {
        await commit(async (tx) => {
          for (const change of effective) await writeChange(tx, change, options);
        });
      }
      return changes;
    });
  } catch (error) {
    throw inWordsOfTheApi(error);
  }
}

/** Writes a planned change with its audit event. */
export async function writeChange(
  tx: Transaction,
  change: PlannedChange,
  { organization, eventOf, onWritten }: Pick<CommitOptions, 'organization' | 'eventOf' | 'onWritten'>,
): Promise<void> {
  const { recordKind, id, record, expected, alongside } = change;
  if (record === undefined) await tx.remove(recordKind, id, expected as number);
  else {
    const written = await tx.put(recordKind, record, expected);
    await onWritten?.(tx, written);
  }
  await alongside?.(tx);
  await tx.appendAudit(changeEvent(change, organization.id, eventOf));
}

/** The event of a change, with what it was and what it is. */
function changeEvent(
  { kind, name, id, action, before, after, changesSecret }: PlannedChange,
  organizationId: OrganizationRecord['id'],
  eventOf: CommitOptions['eventOf'],
): AuditEvent {
  const about = { kind, name, resourceId: id };
  switch (action) {
    case 'created':
      return eventOf('resource.created', { organizationId, details: { ...about, after: JSON.stringify(after) } });
    case 'deleted':
      return eventOf('resource.deleted', { organizationId, details: { ...about, before: JSON.stringify(before) } });
    case 'updated':
    case 'unchanged': {
      const change = { before: JSON.stringify(before), after: JSON.stringify(after) };
      const details = { ...about, ...change, ...(changesSecret && { changesSecret }) };
      return eventOf('resource.updated', { organizationId, details });
    }
  }
}

/** Whether an organization would lose its last owner by what is laid over the snapshot. */
export function losesLastOwner(draft: Draft, id: OrganizationRecord['id']): boolean {
  const after = draft.ownershipAfter(id);
  return after !== undefined && wouldLoseLastOwner(draft.snapshot, after, id);
}

/**
 * Refuses changes that would leave an organization without an owner.
 * @throws ApiError `ERR_API_LAST_OWNER`
 */
export function assertOwnerStays(draft: Draft, { id, name }: CommitOptions['organization']): void {
  if (!losesLastOwner(draft, id)) return;
  throw new ApiError({
    code: 'ERR_API_LAST_OWNER',
    message: `this would leave ${name} without an owner`,
    nextStep: 'Bind the role owner to somebody else first.',
  });
}

/** Says a failure of the store in the words of the API; anything else stays what it is. */
export function inWordsOfTheApi(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.code) {
    case 'ERR_STORE_CONFLICT':
      return conflict(error.message);
    case 'ERR_STORE_NAME_TAKEN':
      return new ApiError({
        code: 'ERR_API_CONFLICT',
        message: error.message,
        nextStep: 'Choose another name, or change the one that has it.',
        cause: error,
      });
    case 'ERR_STORE_IN_USE':
      return new ApiError({
        code: 'ERR_API_IN_USE',
        message: error.message,
        nextStep: error.nextStep ?? 'Delete first what belongs to it.',
        cause: error,
      });
    case 'ERR_STORE_REFERENCE':
      return conflict('something that this refers to is gone');
    default:
      return error;
  }
}
