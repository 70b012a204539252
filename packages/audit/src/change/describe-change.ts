import type { AuditChange, AuditPatchOperation } from '../event-parts.ts';
import { diffJson } from './diff-json.ts';
import { isWithin, type JsonObject } from './json.ts';
import { type ResourceName, typeNameOf } from './kube-schema.ts';
import { CHANGE_LIMITS, type ChangeLimits } from './limits.ts';
import { maskBody, type WrittenBody } from './mask-body.ts';
import { maskObject } from './mask-object.ts';
import { holdsMasked } from './masked.ts';
import { tidyObject } from './tidy-object.ts';

/** One side of a change: the object, that there was or is none, or why it is not known. */
export type ChangeSide = JsonObject | 'none' | 'unknown' | 'tooLarge' | 'notJson';

/** A write as it was seen. */
export interface ObservedWrite {
  readonly resource: ResourceName;
  /** The object as it was; `none` of what is created. */
  readonly before: ChangeSide;
  /** The object as it is; `none` of what is deleted. */
  readonly after: ChangeSide;
  /** The body that was sent, where it is to be kept. */
  readonly body?: WrittenBody;
}

/**
 * What a write changed, with what is secret masked (see {@link maskObject}). Of kinds without a schema here, custom resources
 * above all, the patch holds paths and no values, and the body is left out. Never throws, whatever the objects hold.
 *
 * A patch of the path `""` stands for the whole object: added when it was created, removed when it was deleted.
 */
export function describeChange(write: ObservedWrite, limits: ChangeLimits = CHANGE_LIMITS): AuditChange {
  const type = typeNameOf(write.resource);
  const patched = describePatch(write, type, limits);
  if (write.body === undefined) return patched;
  const body = maskBody(write.body, type, limits);
  if (body === 'unknownKind' || body === 'tooLarge') return { ...patched, omitted: patched.omitted ?? body };
  return { ...patched, body };
}

function describePatch(
  { resource, before, after }: ObservedWrite,
  type: string | undefined,
  limits: ChangeLimits,
): AuditChange {
  const missing = whyMissing(before, 'beforeUnknown') ?? whyMissing(after, 'afterUnknown');
  if (missing !== undefined) return { omitted: missing };
  for (const side of [before, after]) {
    if (typeof side === 'object' && !isWithin(side, limits.maxDepth, limits.maxValues)) return { omitted: 'tooLarge' };
  }
  const isStatusWrite = resource.subresource === 'status';
  const [left, right] = [before, after].map((side) =>
    typeof side === 'object' ? maskObject(tidyObject(side, isStatusWrite), type) : undefined,
  );
  const patch = lead(left, right, type);
  const size = JSON.stringify(patch).length;
  if (size > limits.maxPatchCharacters) return { omitted: 'tooLarge' };
  const unknown = type === undefined ? ({ omitted: 'unknownKind' } as const) : {};
  const undo = lead(right, left, type);
  if (undo.some((operation) => 'value' in operation && holdsMasked(operation.value))) {
    return { patch: written(patch), ...unknown };
  }
  if (JSON.stringify(undo).length > limits.maxPatchCharacters) return { patch: written(patch), omitted: 'tooLarge' };
  return { patch: written(patch), undo: written(undo), ...unknown };
}

function whyMissing(side: ChangeSide, unknown: 'beforeUnknown' | 'afterUnknown'): AuditChange['omitted'] {
  if (typeof side === 'object' || side === 'none') return undefined;
  return side === 'unknown' ? unknown : side;
}

function lead(
  from: JsonObject | undefined,
  to: JsonObject | undefined,
  type: string | undefined,
): readonly AuditPatchOperation[] {
  if (from === undefined) return to === undefined ? [] : [{ op: 'add', path: '', value: to }];
  return to === undefined ? [{ op: 'remove', path: '' }] : diffJson(from, to, type);
}

/** The operations as they are kept: plain JSON, in which what is masked is a word. */
function written(patch: readonly AuditPatchOperation[]): readonly AuditPatchOperation[] {
  return JSON.parse(JSON.stringify(patch)) as readonly AuditPatchOperation[];
}
