import { type AuditEvent, type AuditEventCode, type AuditFacts, createAuditEvent } from '@sallyport/audit';
import { cancelAccessRequest, compileScope, revokeGrant } from '@sallyport/authz';
import type { Clock, Cluster } from '@sallyport/core';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AccessWrites, KeptAccessRequest, KeptGrant } from './access-contracts.ts';
import { grantFacts, requestFacts } from './access-facts.ts';
import { withReviews } from './access-reads.ts';
import { type GrantRow, type RequestRow, toKeptGrant } from './access-rows.ts';
import type { RecordKind } from './records.ts';
import type { Database } from './schema.ts';
import { stepMade } from './step-made.ts';

/** What is gone, and takes pending requests and live grants with it. */
export type Gone =
  | { readonly kind: RecordKind; readonly id: string; readonly name: string; readonly isDisabled?: boolean }
  /** All that was begun before the database was restored from a backup. */
  | { readonly kind: 'Past' }
  | { readonly kind: 'Namespaces'; readonly cluster: Cluster; readonly names: readonly string[] };

/** What {@link createRestingAccess} stands on. */
export interface RestingAccessOptions {
  readonly db: Transaction<Database>;
  readonly clock: Clock;
  readonly access: Pick<AccessWrites, 'updateRequest' | 'updateGrant'>;
  readonly appendAudit: (event: AuditEvent) => Promise<void>;
}

/** Ends access with what it rests on. */
export interface RestingAccess {
  /**
   * Cancels the pending requests and revokes the live grants that rest on what is gone, with that as the reason and an audit event
   * each. What is gone must be locked, so that nothing comes to rest on it meanwhile. What has ended by time is left to the job of
   * what is due.
   */
  end(gone: Gone): Promise<void>;
}

/** Makes {@link RestingAccess} within one transaction. Nobody does this: it comes with what somebody did. */
export function createRestingAccess({ db, clock, access, appendAudit }: RestingAccessOptions): RestingAccess {
  function tell<Code extends AuditEventCode>(code: Code, facts: AuditFacts<Code>): Promise<void> {
    return appendAudit(createAuditEvent(code, clock.now(), { severity: 'notice', ...facts }));
  }

  return {
    async end(gone) {
      const at = new Date(clock.now());
      // Requests first: an approval holds its request, and by the time it lets go its grant is there to be found.
      for (const request of await requestsOn(db, gone, at)) {
        const step = stepMade(cancelAccessRequest(request, { at, reason: reasonOf(gone, request) }));
        const cancelled: KeptAccessRequest = { ...request, ...step.request };
        await access.updateRequest(cancelled);
        await tell('access_request.cancelled', requestFacts(cancelled));
      }
      for (const grant of await grantsOn(db, gone, at)) {
        const step = stepMade(revokeGrant(grant, { at, reason: reasonOf(gone, grant) }));
        const revoked: KeptGrant = { ...grant, ...step.grant };
        await access.updateGrant(revoked);
        await tell('grant.revoked', grantFacts(revoked));
      }
    },
  };
}

const WORDS: Partial<Readonly<Record<RecordKind, string>>> = {
  Role: 'the role ',
  Principal: '',
  RequestPolicy: 'the request policy ',
  Cluster: 'the cluster ',
  Project: 'the project ',
  Organization: 'the organization ',
};

type Narrowed = Pick<KeptGrant, 'scope' | 'objects'>;

function reasonOf(gone: Gone, { scope, objects = [] }: Narrowed): string {
  if (gone.kind === 'Past') return 'the database was restored from a backup';
  if (gone.kind !== 'Namespaces') {
    return `${WORDS[gone.kind] ?? ''}${gone.name} was ${gone.isDisabled ? 'disabled' : 'deleted'}`;
  }
  const named = 'namespaces' in scope && scope.namespaces?.kind === 'names' ? scope.namespaces.names : [];
  const isNamed = (name: string) => named.includes(name) || objects.some(({ namespace }) => namespace === name);
  return `the namespace ${gone.names.find(isNamed)} of the cluster ${gone.cluster.name} is gone`;
}

/** Requests that wait and that rest on something, locked. */
async function requestsOn(db: Transaction<Database>, gone: Gone, at: Date): Promise<readonly KeptAccessRequest[]> {
  const rests = restsOn(gone, {
    principal: sql`requester_id`,
    policy: (id) => sql`policy_id = ${id}`,
    scope: sql`(content->'scope')`,
    objects: sql`(content->'objects')`,
  });
  if (rests === undefined) return [];
  const { rows } = await sql<RequestRow>`
    select * from access_requests where state = 'pending' and pending_until > ${at} and ${rests}
    order by id for update`.execute(db);
  return withReviews(
    db,
    rows.filter(({ content }) => reaches(gone, content.scope)),
  );
}

/** Grants that have not ended and that rest on something, locked. */
async function grantsOn(db: Transaction<Database>, gone: Gone, at: Date): Promise<readonly KeptGrant[]> {
  const rests = restsOn(gone, {
    principal: sql`principal_id`,
    policy: (id) => sql`exists (select from access_requests where id = grants.request_id and policy_id = ${id})`,
    scope: sql`scope`,
    objects: sql`objects`,
  });
  if (rests === undefined) return [];
  const { rows } = await sql<GrantRow>`
    select * from grants where ended_at is null and ends_at > ${at} and ${rests} order by id for update`.execute(db);
  return rows.filter(({ scope }) => reaches(gone, scope)).map(toKeptGrant);
}

/** Where a table says what its rows rest on. */
interface Bases {
  readonly principal: RawBuilder<unknown>;
  readonly policy: (id: string) => RawBuilder<unknown>;
  readonly scope: RawBuilder<unknown>;
  readonly objects: RawBuilder<unknown>;
}

/** What holds of the rows that rest on what is gone; `undefined` when nothing rests on the like. */
function restsOn(gone: Gone, { principal, policy, scope, objects }: Bases): RawBuilder<unknown> | undefined {
  switch (gone.kind) {
    case 'Role':
      return sql`role_id = ${gone.id}`;
    case 'Principal':
      return sql`${principal} = ${gone.id}`;
    case 'RequestPolicy':
      return policy(gone.id);
    // What named two places and has one left is not what was asked for, so it ends as well.
    case 'Cluster':
      return sql`${scope}->'clusterIds' ? ${gone.id}`;
    case 'Project':
      return sql`${scope}->'projectIds' ? ${gone.id}`;
    case 'Organization':
      return sql`organization_id = ${gone.id}`;
    case 'Namespaces':
      return sql`organization_id = ${gone.cluster.organizationId} and (
        ${scope}->'namespaces'->'names' ?| ${gone.names}::text[]
        or exists (
          select from jsonb_array_elements(coalesce(${objects}, '[]')) as object
          where object->>'namespace' = any(${gone.names}::text[])))`;
    case 'Past':
      return sql`true`;
    default:
      return undefined;
  }
}

/** A namespace of another cluster than those of the scope is none of its business. */
function reaches(gone: Gone, scope: GrantRow['scope']): boolean {
  return gone.kind !== 'Namespaces' || compileScope(scope).reachOf(gone.cluster) !== undefined;
}
