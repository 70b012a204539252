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

/** The conditions of a selection on `audit_events`, by how they are answered. All of them must hold. */
export interface AuditConditions {
  /** What an index in order of time begins with, and the time. */
  readonly walked: RawBuilder<boolean>;
  /** Whether what is walked lies side by side, being most of the log. */
  readonly isDense: boolean;
  /** What an index over terms or clusters finds; absent when nothing but the time narrows. */
  readonly found?: RawBuilder<boolean>;
  /** What the event itself has to be read for; absent when all that is found is meant. */
  readonly judged?: RawBuilder<boolean>;
}

/** The conditions of a selection on `audit_events`, joined by "and". */
export function conditionsOf(selection: AuditSelection): RawBuilder<boolean> {
  const { walked, found, judged } = partedConditionsOf(selection);
  return allOf([walked, ...(found === undefined ? [] : [found]), ...(judged === undefined ? [] : [judged])]);
}

/** The conditions of a selection, apart. */
export function partedConditionsOf(selection: AuditSelection): AuditConditions {
  const { organizationId, sight, from, to, codes, principalId, clusterIds, fields = [], words = [], text } = selection;
  const walked = [sql`organization_id = ${organizationId}`];
  const found: RawBuilder<unknown>[] = [];
  const judged: RawBuilder<unknown>[] = [];
  if (from !== undefined) walked.push(sql`at >= ${from}`);
  if (to !== undefined) walked.push(sql`at < ${to}`);
  if (principalId !== undefined) walked.push(sql`event->'principal'->>'id' = ${principalId}`);
  if (clusterIds !== undefined) {
    const [only, ...others] = clusterIds;
    // Of two that order by time, an index serves one.
    if (only !== undefined && others.length === 0 && principalId === undefined) walked.push(sql`cluster_id = ${only}`);
    else found.push(sql`cluster_id = any(${clusterIds}::text[])`);
  }
  if (sight !== 'all') found.push(sightCondition(organizationId, sight));
  const demanded = words.map((word) => wordTerm(organizationId, word));
  const valued = codes === undefined ? fields : [...fields, ['code', codes] as const];
  for (const [field, values] of valued) {
    const terms = values.map((value) => fieldTerm(organizationId, field, value));
    if (terms.length === 1) demanded.push(...terms);
    else found.push(sql`terms && ${arrayOf(terms)}`);
  }
  if (demanded.length > 0) found.push(sql`terms @> ${arrayOf(demanded)}`);
  if (text !== undefined) {
    found.push(anyOf(text.map(({ all }) => sql`terms @> ${wordsOf(organizationId, all)}`)));
    if (text.some(needsJudgement)) judged.push(anyOf(text.map((each) => alternativeCondition(organizationId, each))));
  }
  return {
    walked: allOf(walked),
    isDense: principalId === undefined && clusterIds === undefined,
    ...(found.length > 0 && { found: allOf(found) }),
    ...(judged.length > 0 && { judged: allOf(judged) }),
  };
}

function allOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<boolean> {
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

function anyOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<boolean> {
  return conditions.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(conditions, sql` or `)})`;
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
  return anyOf(alternatives);
}

function needsJudgement({ phrases, none, nonePhrases }: AuditTextAlternative): boolean {
  return phrases.length > 0 || none.length > 0 || nonePhrases.length > 0;
}

function alternativeCondition(organizationId: OrganizationId, alternative: AuditTextAlternative): RawBuilder<unknown> {
  const { all, phrases, none, nonePhrases } = alternative;
  const conditions = [sql`terms @> ${wordsOf(organizationId, all)}`];
  if (none.length > 0) conditions.push(sql`not terms && ${wordsOf(organizationId, none)}`);
  for (const phrase of phrases) conditions.push(sql`audit_event_has(event, ${containing(phrase)})`);
  for (const phrase of nonePhrases) conditions.push(sql`not audit_event_has(event, ${containing(phrase)})`);
  return sql`(${allOf(conditions)})`;
}

function wordsOf(organizationId: OrganizationId, words: readonly string[]): RawBuilder<unknown> {
  return arrayOf(words.map((word) => wordTerm(organizationId, word)));
}

/** A pattern for what stands anywhere in the written form of an event. */
function containing(phrase: string): string {
  const written = JSON.stringify(phrase).slice(1, -1);
  return `%${written.replace(/[\\%_]/g, '\\$&')}%`;
}
