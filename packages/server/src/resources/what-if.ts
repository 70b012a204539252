import type { KindName } from '@sallyport/core/api';
import type { Kept, ParsedDocument } from './definition.ts';
import { definitionOf } from './definitions.ts';
import { type PlanningGround, unjudgedPlanning } from './plan-change.ts';
import { documentProblem } from './references.ts';

/** Kinds that decisions on access are made of. */
const COMPARED: readonly KindName[] = ['Group', 'Role', 'Binding', 'AccessPolicy'];

/**
 * Lays documents and deletions over a draft, to see what would be decided then. Nobody's authority is weighed, since nothing
 * is written: whoever calls has made sure that the caller may read what decisions are made of.
 * @throws ApiError for a kind that decisions are not made of, a reference to what is not there, a malformed name
 */
export function supposeChanges(
  ground: PlanningGround,
  documents: readonly ParsedDocument<KindName>[],
  deleted: readonly string[] = [],
): void {
  const { draft, organization } = ground;
  for (const [i, name] of deleted.entries()) {
    const [kind = '', ...rest] = name.split('/');
    if (!isCompared(kind)) throw documentProblem(`deleted.${i}`, `names no ${COMPARED.join(', ')}`);
    const bareName = rest.join('/');
    if (documents.some((document) => document.kind === kind && document.metadata.name === bareName)) {
      throw documentProblem(`deleted.${i}`, `names ${name}, which is among the resources too`);
    }
    const definition = definitionOf(kind);
    const found = definition.find(draft, organization.id, bareName);
    if (found !== undefined) draft.remove(definition.recordKind, found.id);
  }
  const ordered = [...documents.entries()].sort(([, a], [, b]) => COMPARED.indexOf(a.kind) - COMPARED.indexOf(b.kind));
  for (const [i, document] of ordered) {
    if (!isCompared(document.kind)) {
      throw documentProblem(`resources.${i}.kind`, `is ${document.kind}; only ${COMPARED.join(', ')} are compared`);
    }
    const definition = definitionOf<KindName>(document.kind);
    const existing: Kept<KindName> | undefined = definition.find(draft, organization.id, document.metadata.name);
    const { record } = definition.plan(document, existing, unjudgedPlanning(ground));
    draft.put(definition.recordKind, record);
  }
}

function isCompared(kind: string): kind is KindName {
  return (COMPARED as readonly string[]).includes(kind);
}
