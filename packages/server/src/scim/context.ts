import {
  type AuditDetails,
  type AuditEventCode,
  type AuditFacts,
  type AuditPipeline,
  createAuditEvent,
} from '@sallyport/audit';
import type { Clock, Logger } from '@sallyport/core';
import { requestTrace } from '../request-trace.ts';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import type { Store, Transaction } from '../stores/contracts.ts';
import { StoreError } from '../stores/errors.ts';
import type { IdentityProviderRecord } from '../stores/records.ts';
import { etagOf } from './answer.ts';
import { scimError } from './errors.ts';

/** What the SCIM endpoint works with. */
export interface ScimContext {
  readonly store: Pick<Store, 'transact'>;
  readonly audit: AuditPipeline;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Origin of the server, without a trailing slash. */
  readonly publicUrl: string;
}

/** One request of a client that has shown the token of its identity provider. */
export interface ScimCall {
  readonly provider: IdentityProviderRecord;
  /** Address of the provider's endpoint. */
  readonly baseUrl: string;
  /** Id in the path; empty where there is none. */
  readonly id: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly sourceAddress: string | undefined;
}

/** What is answered; without a body for 204 and 304. */
export interface ScimAnswer {
  readonly status: 200 | 201 | 204 | 304;
  readonly body?: object;
  readonly etag?: string;
  readonly location?: string;
}

/** Carries out one operation. */
export type ScimHandler = (context: ScimContext, call: ScimCall) => Promise<ScimAnswer>;

/** How often a change is made anew when somebody else changed the same record meanwhile. */
const MAX_ATTEMPTS = 5;

/**
 * Changes something on the newest snapshot. A client reads what it has just written on whichever replica, so each request
 * starts with a fresh one; and one that came in between is taken into account, unless the client named a version.
 * @throws ScimError
 */
export async function changing<Result>(
  context: ScimContext,
  call: ScimCall,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(await context.snapshots.refresh());
    } catch (error) {
      const isStale = error instanceof StoreError && error.code === 'ERR_STORE_CONFLICT';
      if (!isStale) throw translate(error);
      if (call.ifMatch !== undefined) throw scimError('ERR_SCIM_PRECONDITION', 'it has been changed meanwhile', error);
      if (attempt === MAX_ATTEMPTS) throw scimError('ERR_SCIM_UNAVAILABLE', 'it is changed too often', error);
    }
  }
}

/**
 * Refuses a change of a version other than the one that the client names.
 * @throws ScimError `ERR_SCIM_PRECONDITION`
 */
export function assertVersion({ ifMatch }: ScimCall, resourceVersion: number): void {
  if (ifMatch === undefined || ifMatch === '*') return;
  if (ifMatch.split(',').some((each) => each.trim() === etagOf(resourceVersion))) return;
  throw scimError('ERR_SCIM_PRECONDITION', `its version is ${etagOf(resourceVersion)} by now`);
}

/** What the events of SCIM say beside the name of the provider. */
export type ScimDetails<Code extends ScimEventCode> = Omit<AuditDetails<Code>, 'identityProvider'>;
type ScimEventCode = Extract<AuditEventCode, `scim.${'user' | 'group'}.${string}`>;

/** Writes the audit event of a change, in its transaction. The client acts for the provider, so there is no principal. */
export function auditChange<Code extends ScimEventCode>(
  tx: Transaction,
  { clock }: ScimContext,
  { provider, sourceAddress }: ScimCall,
  code: Code,
  stated: ScimDetails<Code>,
): Promise<void> {
  // What is left out of a type variable and put back again is not known to be whole.
  const details = { identityProvider: provider.name, ...stated } as unknown as AuditDetails<Code>;
  return tx.appendAudit(
    createAuditEvent(code, clock.now(), {
      organizationId: provider.organizationId,
      ...requestTrace(),
      ...(sourceAddress !== undefined && { sourceAddress }),
      details,
    } as AuditFacts<Code>),
  );
}

/** Says a failure of the store in the words of SCIM. */
export function translate(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.code) {
    case 'ERR_STORE_NAME_TAKEN':
      return scimError('ERR_SCIM_UNIQUENESS', 'the name is taken', error);
    case 'ERR_STORE_REFERENCE':
      return scimError('ERR_SCIM_INVALID_VALUE', 'a member is not there any more', error);
    case 'ERR_STORE_UNREACHABLE':
    case 'ERR_STORE_BUSY':
      return scimError('ERR_SCIM_UNAVAILABLE', 'the server can not reach its database', error);
    default:
      return error;
  }
}
