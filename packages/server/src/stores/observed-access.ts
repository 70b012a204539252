import type { ClusterId, OrganizationId, PrincipalId, RequestAttributes } from '@sallyport/core';
import { type Kysely, sql } from 'kysely';
import type { Database } from './schema.ts';

/** Requests of one kind that somebody made of a cluster, as the audit log has them. */
export interface ObservedAccess {
  readonly principalId: PrincipalId;
  readonly clusterId: ClusterId;
  readonly attributes: RequestAttributes;
  readonly isAllowed: boolean;
  readonly count: number;
  readonly lastAt: Date;
}

/** Which requests are asked for. */
export interface ObservedAccessFilter {
  readonly organizationId: OrganizationId;
  readonly since: Date;
  readonly principalId?: PrincipalId;
  readonly clusterId?: ClusterId;
  /** Most kinds of requests. */
  readonly limit: number;
}

/** Counts what was asked of clusters, alike requests together, the most frequent first. */
export async function selectObservedAccess(
  db: Kysely<Database>,
  { organizationId, since, principalId, clusterId, limit }: ObservedAccessFilter,
): Promise<readonly ObservedAccess[]> {
  // Path and remainder tell requests apart that decisions don't.
  const attributes = sql`(event->'request'->'attributes') - 'path' - 'remainder'`;
  const conditions = [
    sql`organization_id = ${organizationId}`,
    sql`at >= ${since}`,
    sql`code in ('proxy.request.started', 'proxy.request.denied')`,
    sql`event->'request'->'attributes' is not null`,
  ];
  if (principalId !== undefined) conditions.push(sql`event->'principal'->>'id' = ${principalId}`);
  if (clusterId !== undefined) conditions.push(sql`cluster_id = ${clusterId}`);
  const { rows } = await sql<{
    principal_id: PrincipalId | null;
    cluster_id: ClusterId | null;
    attributes: Omit<RequestAttributes, 'path' | 'remainder'>;
    path: string;
    is_allowed: boolean;
    count: number;
    last_at: Date;
  }>`
    select event->'principal'->>'id' as principal_id, cluster_id, ${attributes} as attributes,
      max(event->'request'->'attributes'->>'path') as path,
      code = 'proxy.request.started' as is_allowed, count(*)::integer as count, max(at) as last_at
    from audit_events where ${sql.join(conditions, sql` and `)}
    group by 1, 2, 3, 5, case when event->'request'->'attributes'->>'kind' = 'nonResource'
      then event->'request'->'attributes'->>'path' end
    order by count desc, last_at desc limit ${limit}`.execute(db);
  return rows.flatMap(({ principal_id, cluster_id, attributes: kept, path, is_allowed, count, last_at }) =>
    principal_id === null || cluster_id === null
      ? []
      : [
          {
            principalId: principal_id,
            clusterId: cluster_id,
            attributes: { ...kept, path, ...(kept.kind === 'resource' && { remainder: '' }) } as RequestAttributes,
            isAllowed: is_allowed,
            count,
            lastAt: last_at,
          },
        ],
  );
}
