import { isDeepStrictEqual } from 'node:util';
import type { KindName, KindResource } from '@sallyport/core/api';
import { assertHolds } from '../api/authority.ts';
import type { ApiContext, Call } from '../api/context.ts';
import { ApiError } from '../errors.ts';
import type { Transaction } from '../stores/contracts.ts';
import type { Expected, OrganizationRecord, RecordKind, RecordOf, Writable } from '../stores/records.ts';
import type { Kept, ParsedDocument, Planning, ResourceDefinition, Viewing } from './definition.ts';
import { definitionOf } from './definitions.ts';
import { describeResource } from './describe-resource.ts';
import type { Draft } from './draft.ts';
import { forbidden, notFound, permissionFor, permitsAll, type ResourceVerb } from './permitted.ts';

/** One change that somebody asks for. */
export type Change =
  /** `put` creates or updates, whichever it takes. */
  | { readonly action: 'create' | 'put'; readonly kind: KindName; readonly document: ParsedDocument<KindName> }
  | {
      readonly action: 'update';
      readonly kind: KindName;
      readonly name: string;
      readonly document: ParsedDocument<KindName>;
      /** Version in `If-Match`. */
      readonly ifMatch?: string;
    }
  | { readonly action: 'delete'; readonly kind: KindName; readonly name: string; readonly ifMatch?: string };

/** A change that is decided and checked, ready to be written. */
export interface PlannedChange {
  readonly kind: KindName;
  readonly name: string;
  readonly action: 'created' | 'updated' | 'unchanged' | 'deleted';
  readonly recordKind: RecordKind;
  readonly id: RecordOf[RecordKind]['id'];
  /** Absent: it is deleted. */
  readonly record?: Writable<RecordOf[RecordKind]>;
  readonly expected: Expected;
  readonly alongside?: (tx: Transaction) => Promise<unknown>;
  /** The spec before and after, for the audit log. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** A secret is set, which neither shows. */
  readonly changesSecret?: boolean;
}

/** What a change is planned on. */
export interface PlanningGround {
  readonly context: ApiContext;
  readonly call: Pick<Call, 'caller' | 'sourceAddress'>;
  readonly organization: OrganizationRecord;
  readonly draft: Draft;
}

/**
 * Decides and checks one change, and lays it over the draft.
 * @throws ApiError
 */
export function planChange(change: Change, ground: PlanningGround): PlannedChange {
  const definition = definitionOf(change.kind);
  const planned =
    change.action === 'delete' ? planRemoval(change, definition, ground) : planWrite(change, definition, ground);
  if (planned.record === undefined) ground.draft.remove(planned.recordKind, planned.id);
  else if (planned.action !== 'unchanged') ground.draft.put(planned.recordKind, planned.record);
  return planned;
}

function planWrite(
  change: Exclude<Change, { action: 'delete' }>,
  definition: ResourceDefinition,
  ground: PlanningGround,
): PlannedChange {
  const { organization, draft } = ground;
  const { kind, document } = change;
  const name = change.action === 'update' ? change.name : document.metadata.name;
  const existing = definition.find(draft, organization.id, name);
  if (change.action === 'create' && existing !== undefined) {
    assertMay('create', definition, [existing], planningOf(ground), name);
    throw nameTaken(kind, name);
  }
  if (existing !== undefined) {
    const ifMatch = change.action === 'update' ? change.ifMatch : undefined;
    return planExisting(definition, existing, document, ifMatch, ground);
  }
  if (change.action === 'update') throw notFound(kind, name);
  if (document.metadata.resourceVersion !== undefined) throw conflict(`the ${kind} ${JSON.stringify(name)} is gone`);

  const planning = planningOf(ground);
  const { record, alongside } = definition.plan(document, undefined, planning);
  assertMay('create', definition, [record], planning, name);
  return {
    kind,
    name: definition.nameOf(record as never),
    action: 'created',
    recordKind: definition.recordKind,
    id: record.id,
    record,
    expected: 'absent',
    ...(alongside && { alongside }),
    after: essence(describePlanned(definition, record, undefined, planning)),
  };
}

/**
 * Plans a change of something that is there.
 * @throws ApiError
 */
export function planExisting<Kind extends KindName>(
  definition: ResourceDefinition<Kind>,
  existing: Kept<Kind>,
  document: ParsedDocument<Kind>,
  ifMatch: string | undefined,
  ground: PlanningGround,
): PlannedChange {
  const { kind } = definition;
  const planning = planningOf(ground);
  const name = definition.nameOf(existing);
  assertMay('update', definition, [existing], planning, name);
  assertVersion(kind, name, existing.resourceVersion, { ifMatch, stated: document.metadata.resourceVersion });

  const before = essence(describeResource(definition, existing, planning));
  const about = { kind, name, recordKind: definition.recordKind, id: existing.id, before } as const;
  // What changes nothing gives nobody anything, so that whoever may change a thing can also apply it as it is.
  const unjudged = definition.plan(document, existing, unjudgedPlanning(ground));
  const after = essence(describePlanned(definition, unjudged.record, existing, planning));
  if (unjudged.changesSecret !== true && isDeepStrictEqual(before, after)) {
    return { ...about, action: 'unchanged', record: unjudged.record, expected: existing.resourceVersion, after };
  }

  const { record, alongside } = definition.plan(document, existing, planning);
  const newName = definition.nameOf(record as never);
  if (newName !== name && definition.find(ground.draft, ground.organization.id, newName) !== undefined) {
    throw nameTaken(kind, newName);
  }
  // Also where it would be afterwards: nobody moves a thing out of their own reach, or into what is not theirs.
  assertMay('update', definition, [record], planning, name);
  return {
    ...about,
    name: newName,
    action: 'updated',
    record,
    expected: existing.resourceVersion,
    ...(alongside && { alongside }),
    after,
    ...(unjudged.changesSecret && { changesSecret: true }),
  };
}

/** Planning without a word on who may do it: only to see what would change. */
const NO_JUDGEMENT: Pick<Planning, 'assertHolds' | 'assertPermitted'> = {
  assertHolds: () => undefined,
  assertPermitted: () => undefined,
};

/** Planning of what is never written, so that nobody's authority is weighed. */
export function unjudgedPlanning(ground: PlanningGround): Planning {
  return { ...planningOf(ground), ...NO_JUDGEMENT };
}

function planRemoval(
  change: Extract<Change, { action: 'delete' }>,
  definition: ResourceDefinition,
  ground: PlanningGround,
): PlannedChange {
  const planning = planningOf(ground);
  const existing = definition.find(ground.draft, ground.organization.id, change.name);
  if (existing === undefined) throw notFound(change.kind, change.name);
  assertMay('delete', definition, [existing], planning, change.name);
  assertVersion(change.kind, change.name, existing.resourceVersion, { ifMatch: change.ifMatch });
  const alongside = definition.planRemoval?.(existing, planning);
  return {
    kind: change.kind,
    name: change.name,
    action: 'deleted',
    recordKind: definition.recordKind,
    id: existing.id,
    expected: existing.resourceVersion,
    ...(alongside && { alongside }),
    before: essence(describeResource(definition, existing, viewingOf(ground))),
  };
}

function viewingOf({ context, call, draft }: PlanningGround): Viewing {
  return { context, snapshot: draft.snapshot, reader: draft, caller: call.caller };
}

function planningOf(ground: PlanningGround): Planning {
  const { caller } = ground.call;
  return {
    ...viewingOf(ground),
    organization: ground.organization,
    assertHolds: (gift) => assertHolds(ground.draft.authorityRecords(), ground.call, gift),
    assertPermitted(permission, target) {
      if (!permitsAll(ground.draft.snapshot, caller.principal, permission, [target])) throw forbidden(permission);
    },
  };
}

/** What somebody may not even see is not there for them; what they see and may not change is forbidden. */
function assertMay<Kind extends KindName>(
  verb: ResourceVerb,
  definition: ResourceDefinition<Kind>,
  records: readonly Writable<Kept<Kind>>[],
  { snapshot, caller, reader }: Planning,
  name: string,
): void {
  const targets = records.flatMap((record) => [...definition.targetsOf(record as never, reader)]);
  const permission = permissionFor(definition.kind, verb);
  if (permitsAll(snapshot, caller.principal, permission, targets)) return;
  const isVisible =
    verb === 'create' || permitsAll(snapshot, caller.principal, permissionFor(definition.kind, 'read'), targets);
  throw isVisible ? forbidden(permission) : notFound(definition.kind, name);
}

function assertVersion(
  kind: KindName,
  name: string,
  version: number,
  { ifMatch, stated }: { readonly ifMatch: string | undefined; readonly stated?: string | undefined },
): void {
  if (ifMatch !== undefined && ifMatch !== String(version)) {
    throw new ApiError({
      code: 'ERR_API_PRECONDITION',
      message: `the ${kind} ${JSON.stringify(name)} has version ${version}, not ${JSON.stringify(ifMatch)}`,
      nextStep: 'Read it again, and repeat the change on what it is now.',
    });
  }
  if (stated !== undefined && stated !== String(version)) {
    throw conflict(
      `the ${kind} ${JSON.stringify(name)} has version ${version}, the document ${JSON.stringify(stated)}`,
    );
  }
}

/** The refusal of a change that somebody else was faster with. */
export function conflict(message: string): ApiError {
  return new ApiError({
    code: 'ERR_API_CONFLICT',
    message: `${message}: somebody else changed it meanwhile`,
    nextStep: 'Read it again, and repeat the change on what it is now.',
  });
}

/** The refusal of a name that another one of the kind has. */
export function nameTaken(kind: KindName, name: string): ApiError {
  return new ApiError({
    code: 'ERR_API_CONFLICT',
    message: `there is a ${kind} named ${JSON.stringify(name)} already`,
    nextStep: 'Choose another name, or change the one that has it.',
  });
}

/** A record as it would be shown once it is written. */
function describePlanned<Kind extends KindName>(
  definition: ResourceDefinition<Kind>,
  record: Writable<Kept<Kind>>,
  existing: Kept<Kind> | undefined,
  viewing: Viewing,
): KindResource<Kind> {
  const at = new Date(viewing.context.clock.now());
  const metadata = existing ?? { resourceVersion: 1, createdAt: at, updatedAt: at };
  const { resourceVersion, createdAt, updatedAt } = metadata;
  const kept = { ...record, labels: record.labels ?? {}, resourceVersion, createdAt, updatedAt };
  return describeResource(definition, kept as never, viewing);
}

/** What people can change of a resource. */
export function essence({ metadata, spec }: Pick<KindResource<KindName>, 'metadata' | 'spec'>) {
  return { name: metadata.name, labels: metadata.labels, spec };
}
