import type { ClusterId, OrganizationId, PrincipalId } from '@sallyport/core';
import { type RawBuilder, sql } from 'kysely';
import { type AuditTermField, fieldTerm, wordTerm } from './audit-terms.ts';
import type { AuditTextAlternative, AuditTextQuery } from './audit-text.ts';

/** A part of an organization whose events may be seen. */
export interface AuditSightPart {
  readonly clusterId: ClusterId;
  /** Requests about these namespaces alone. Absent: every event of the cluster. */
  readonly namespaces?: readonly string[];
}

/** Which audit events are meant. All that is given must hold. */
export interface AuditSelection {
  readonly organizationId: OrganizationId;
  /** `all`: those of the whole organization; else those of any of the parts. An empty list sees nothing. */
  readonly sight: 'all' | readonly AuditSightPart[];
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
  readonly codes?: readonly string[];
  readonly principalId?: PrincipalId;
  readonly clusterIds?: readonly ClusterId[];
  /** Fields and the values of which one must be there, at least one for each field. */
  readonly fields?: readonly (readonly [field: AuditTermField, values: readonly (string | number)[]])[];
  /** Words that must be there, whole, in lower case. */
  readonly words?: readonly string[];
  readonly text?: AuditTextQuery;
}

/** The conditions of a selection on `audit_events`, joined by "and". */
export function conditionsOf(selection: AuditSelection): RawBuilder<boolean> {
  const { organizationId, sight, from, to, codes, principalId, clusterIds, fields = [], words = [], text } = selection;
  const conditions = [sql`organization_id = ${organizationId}`];
  if (sight !== 'all') conditions.push(sightCondition(organizationId, sight));
  if (from !== undefined) conditions.push(sql`at >= ${from}`);
  if (to !== undefined) conditions.push(sql`at < ${to}`);
  if (principalId !== undefined) conditions.push(sql`event->'principal'->>'id' = ${principalId}`);
  if (clusterIds !== undefined) conditions.push(sql`cluster_id = any(${clusterIds}::text[])`);
  const demanded = words.map((word) => wordTerm(organizationId, word));
  const valued = codes === undefined ? fields : [...fields, ['code', codes] as const];
  for (const [field, values] of valued) {
    const terms = values.map((value) => fieldTerm(organizationId, field, value));
    if (terms.length === 1) demanded.push(...terms);
    else conditions.push(sql`terms && ${arrayOf(terms)}`);
  }
  if (demanded.length > 0) conditions.push(sql`terms @> ${arrayOf(demanded)}`);
  if (text !== undefined) conditions.push(textCondition(organizationId, text));
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

/** As a literal, so that the planner knows how rare they are even of a prepared statement. Numbers only. */
function arrayOf(terms: readonly number[]): RawBuilder<unknown> {
  return sql.raw(`'{${terms.join(',')}}'::bigint[]`);
}

function sightCondition(organizationId: OrganizationId, parts: readonly AuditSightPart[]): RawBuilder<unknown> {
  const whole = parts.flatMap(({ clusterId, namespaces }) => (namespaces === undefined ? [clusterId] : []));
  const alternatives = parts.flatMap(({ clusterId, namespaces }) => {
    if (namespaces === undefined) return [];
    // The terms find them soon; what is seen is decided by the event itself.
    const terms = namespaces.map((name) => fieldTerm(organizationId, 'namespace', name));
    return [
      sql`(cluster_id = ${clusterId} and terms && ${arrayOf(terms)}
        and event->'request'->'attributes'->>'namespace' = any(${namespaces}::text[]))`,
    ];
  });
  if (whole.length > 0) alternatives.push(sql`cluster_id = any(${whole}::text[])`);
  return alternatives.length === 0 ? sql`false` : sql`(${sql.join(alternatives, sql` or `)})`;
}

function textCondition(organizationId: OrganizationId, text: AuditTextQuery): RawBuilder<unknown> {
  if (text.length === 0) return sql`false`;
  return sql`(${sql.join(
    text.map((alternative) => alternativeCondition(organizationId, alternative)),
    sql` or `,
  )})`;
}

function alternativeCondition(organizationId: OrganizationId, alternative: AuditTextAlternative): RawBuilder<unknown> {
  const terms = (words: readonly string[]) => arrayOf(words.map((word) => wordTerm(organizationId, word)));
  const { all, phrases, none, nonePhrases } = alternative;
  const conditions = [sql`terms @> ${terms(all)}`];
  if (none.length > 0) conditions.push(sql`not terms && ${terms(none)}`);
  for (const phrase of phrases) conditions.push(sql`audit_event_has(event, ${containing(phrase)})`);
  for (const phrase of nonePhrases) conditions.push(sql`not audit_event_has(event, ${containing(phrase)})`);
  return sql`(${sql.join(conditions, sql` and `)})`;
}

/** A pattern for what stands anywhere in the written form of an event. */
function containing(phrase: string): string {
  const written = JSON.stringify(phrase).slice(1, -1);
  return `%${written.replace(/[\\%_]/g, '\\$&')}%`;
}
