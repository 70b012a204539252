import type { KindName } from '@sallyport/core/api';
import { type ApiContext, type Call, callEvent, type Handler } from '../api/context.ts';
import type { Transaction } from '../stores/contracts.ts';
import type { RecordKind, RecordOf } from '../stores/records.ts';
import { userNameKey } from '../stores/user-name-key.ts';
import { commitChanges } from './commit-changes.ts';
import type { ParsedDocument, ResourceDefinition, Viewing } from './definition.ts';
import { definitionOf } from './definitions.ts';
import { describeResource } from './describe-resource.ts';
import { type ListQuery, pageOf } from './page.ts';
import { forbidden, notFound, permissionFor, permitsAll } from './permitted.ts';
import { type Change, planChange } from './plan-change.ts';
import { createSearchTexts } from './search-text.ts';

/** What carries out the five operations of a kind that lives in an organization. */
export interface ResourceHandlers {
  readonly list: Handler;
  readonly get: Handler;
  readonly create: Handler;
  readonly update: Handler;
  readonly remove: Handler;
}

/** Makes the handlers of a kind. Reading goes over the snapshot, changing through {@link commitChanges}. */
export function resourceHandlers(kind: KindName): ResourceHandlers {
  const definition: ResourceDefinition = definitionOf(kind);
  return {
    async list(context, call) {
      const viewing = viewingOf(context, call);
      const query = call.query as ListQuery;
      const describe = (record: RecordOf[RecordKind]) => describeResource(definition, record as never, viewing);
      const searchTextOf = createSearchTexts(kind, viewing.snapshot);
      const page = pageOf(
        {
          entries: visible(definition, viewing),
          keyOf: (record) => ({ name: orderedName(definition, record), id: record.id }),
          describe,
          searchTextOf: (record) => searchTextOf(record, () => describe(record)),
          version: viewing.snapshot.version,
        },
        query,
      );
      return page;
    },
    get: async (context, call) => {
      const viewing = viewingOf(context, call);
      return describeResource(definition, locate(definition, viewing, nameOf(call)), viewing);
    },
    create: (context, call) => change(context, call, { action: 'create', kind, document: documentOf(call) }),
    update: (context, call) =>
      change(context, call, {
        action: 'update',
        kind,
        name: nameOf(call),
        document: documentOf(call),
        ...(call.ifMatch !== undefined && { ifMatch: call.ifMatch }),
      }),
    remove: (context, call) =>
      change(context, call, {
        action: 'delete',
        kind,
        name: nameOf(call),
        ...(call.ifMatch !== undefined && { ifMatch: call.ifMatch }),
      }),
  };

  async function change(context: ApiContext, call: Call, asked: Change) {
    const { organization } = call.caller;
    const before = viewingOf(context, call);
    const onWritten = async (tx: Transaction, record: RecordOf[RecordKind]) =>
      call.remember?.(tx, describeResource(definition, record as never, before));
    const [planned] = await commitChanges({
      context,
      organization,
      plan: (draft) => [planChange(asked, { context, call, organization, draft })],
      eventOf: (code, facts) => callEvent(context, call, code, facts),
      ...(call.remember && { onWritten }),
    });
    if (planned === undefined || planned.action === 'deleted') return undefined;
    const viewing = viewingOf(context, call);
    return describeResource(definition, locate(definition, viewing, planned.name), viewing);
  }
}

function viewingOf(context: ApiContext, { caller }: Call): Viewing {
  const snapshot = context.snapshots.current();
  return {
    context,
    snapshot,
    reader: snapshot,
    caller,
  };
}

/** Snapshots list principals by the form in which their names are compared, everything else by the names themselves. */
function orderedName(definition: ResourceDefinition, record: RecordOf[RecordKind]): string {
  const name = definition.nameOf(record);
  return definition.recordKind === 'Principal' ? userNameKey(name) : name;
}

/**
 * What the caller may see of a kind, by name. Where permissions are held on parts, what is outside of them is left out; where
 * they are held on the organization alone, not holding them refuses.
 */
function visible(definition: ResourceDefinition, { snapshot, caller }: Viewing) {
  const { principal, organization } = caller;
  const permission = permissionFor(definition.kind, 'read');
  const records = definition.list(snapshot, organization.id);
  const isVisible = (record: RecordOf[RecordKind]) =>
    permitsAll(snapshot, principal, permission, definition.targetsOf(record, snapshot));
  const isEverything = permitsAll(snapshot, principal, permission, [
    { kind: 'organization', organizationId: organization.id },
  ]);
  if (isEverything && !HELD_BY_SCOPE.includes(definition.kind)) return records;
  if (isEverything) return records.filter((record) => !reachesAbove(record) || isVisible(record));
  const found = records.filter(isVisible);
  if (found.length === 0 && !HELD_ON_PARTS.includes(definition.kind)) throw forbidden(permission);
  return found;
}

/** Whether a record is about more than its organization. */
function reachesAbove(record: RecordOf[RecordKind]): boolean {
  return 'scope' in record && record.scope.kind === 'installation';
}

/** Kinds of what has a scope of its own. */
const HELD_BY_SCOPE: readonly KindName[] = ['Binding', 'AccessPolicy', 'RequestPolicy'];

/** Kinds whose permissions can be held on less than an organization. */
const HELD_ON_PARTS: readonly KindName[] = ['Project', 'Cluster', 'Binding', 'AccessPolicy', 'RequestPolicy'];

/** The record of that name, when the caller may read it. @throws ApiError `ERR_API_NOT_FOUND`, `ERR_API_FORBIDDEN` */
export function locate(definition: ResourceDefinition, { snapshot, caller }: Viewing, name: string) {
  const found = definition.find(snapshot, caller.organization.id, name);
  const permission = permissionFor(definition.kind, 'read');
  const isVisible =
    found !== undefined && permitsAll(snapshot, caller.principal, permission, definition.targetsOf(found, snapshot));
  if (!isVisible) throw notFound(definition.kind, name);
  return found;
}

function nameOf({ parameters }: Call): string {
  return parameters['name'] ?? parameters['organization'] ?? '';
}

function documentOf({ body }: Call): ParsedDocument<KindName> {
  return body as ParsedDocument<KindName>;
}
