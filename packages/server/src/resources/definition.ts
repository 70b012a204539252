import type { Gift, PermissionTarget } from '@sallyport/authz';
import type { OrganizationId } from '@sallyport/core';
import type { KindName, KindResource, ResourceDocument } from '@sallyport/core/api';
import type { ApiContext } from '../api/context.ts';
import type { LiveLogin } from '../authn/login-sessions.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Transaction } from '../stores/contracts.ts';
import type { OrganizationRecord, RecordOf, RecordReader, Writable } from '../stores/records.ts';

/** Which record a kind of resource is kept as. */
export interface RecordKindOf {
  readonly Installation: 'Installation';
  readonly Organization: 'Organization';
  readonly Project: 'Project';
  readonly Cluster: 'Cluster';
  readonly User: 'Principal';
  readonly ServiceAccount: 'Principal';
  readonly WorkloadIdentity: 'Principal';
  readonly Group: 'Group';
  readonly Role: 'Role';
  readonly Binding: 'Binding';
  readonly AccessPolicy: 'AccessPolicy';
  readonly RequestPolicy: 'RequestPolicy';
  readonly NotificationChannel: 'NotificationChannel';
  readonly AuditSink: 'AuditSink';
  readonly IdentityProvider: 'IdentityProvider';
}

/** The record of a kind of resource. */
export type Kept<Kind extends KindName> = RecordOf[RecordKindOf[Kind]];

/** Who looks at resources, and at which instant. */
export interface Viewing {
  readonly context: ApiContext;
  readonly snapshot: Snapshot;
  /** Where references are looked up: the snapshot, or what is planned on it. */
  readonly reader: RecordReader;
  readonly caller: LiveLogin;
}

/** What planning one change can see and say. */
export interface Planning extends Viewing {
  readonly organization: OrganizationRecord;
  /** Refuses the change when the caller does not hold what it would give. @throws ApiError `ERR_API_EXCEEDS_AUTHORITY` */
  assertHolds(gift: Gift): void;
  /** Refuses the change when the caller lacks a permission. @throws ApiError `ERR_API_FORBIDDEN` */
  assertPermitted(permission: string, target: PermissionTarget): void;
}

/** A change of one record. */
export interface PlannedWrite<Kind extends KindName> {
  readonly record: Writable<Kept<Kind>>;
  /** What is written in the same transaction, after the record. */
  readonly alongside?: (tx: Transaction) => Promise<unknown>;
  /** Whether something changes that the resource does not show, such as a secret. */
  readonly changesSecret?: boolean;
}

/**
 * How one kind of resource is found, shown and changed. Everything that is alike for all kinds (permissions, listing,
 * locking, audit, applying) stands beside the definitions, not in them.
 */
export interface ResourceDefinition<Kind extends KindName = KindName> {
  readonly kind: Kind;
  readonly recordKind: RecordKindOf[Kind];
  /** Those of an organization, in the order of {@link nameOf}. */
  list(reader: RecordReader, organizationId: OrganizationId): readonly Kept<Kind>[];
  find(reader: RecordReader, organizationId: OrganizationId, name: string): Kept<Kind> | undefined;
  nameOf(kept: Pick<Kept<Kind>, keyof Writable<Kept<Kind>>>): string;
  /** Where permissions on it must be held: on all of these. */
  targetsOf(kept: Writable<Kept<Kind>>, reader: RecordReader): readonly PermissionTarget[];
  describe(kept: Kept<Kind>, viewing: Viewing): Pick<KindResource<Kind>, 'spec' | 'status'>;
  /**
   * Makes the record that a document asks for.
   * @throws ApiError when it refers to what is not there, or is not allowed
   */
  plan(document: ParsedDocument<Kind>, existing: Kept<Kind> | undefined, planning: Planning): PlannedWrite<Kind>;
  /**
   * Checks a deletion, and says what goes with it in the same transaction.
   * @throws ApiError
   */
  planRemoval?(kept: Kept<Kind>, planning: Planning): ((tx: Transaction) => Promise<unknown>) | undefined;
}

/** A document as its schema reads it. */
export type ParsedDocument<Kind extends KindName> = ResourceDocument<Kind> & {
  readonly metadata: { readonly name: string };
};
