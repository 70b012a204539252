import type { AccessPolicy, Binding, RequestPolicy, Role } from '@sallyport/authz';
import type {
  AuditSinkId,
  Cluster,
  GroupId,
  IdentityProviderId,
  InstallationId,
  NotificationChannelId,
  OrganizationId,
  Principal,
  PrincipalId,
  ProjectId,
} from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';

/** What the store adds to everything that it keeps. */
export interface RecordMetadata {
  readonly labels: Readonly<Record<string, string>>;
  /** 1 when it is new; grows by one with every change. */
  readonly resourceVersion: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Settings in the form in which they act are derived from the spec and not written. */
type Derived = keyof RecordMetadata | 'settings' | 'localGroups';

/** What must hold for a write: that nothing is there yet, or that the record still has this version. Absent: anything. */
export type Expected = 'absent' | number;

/** A record as it is written: with its labels, without what the store itself adds. */
export type Writable<Kept extends RecordMetadata> = Omit<Kept, Derived> & {
  readonly labels?: Readonly<Record<string, string>>;
};

/** The settings of the installation; there is exactly one record. */
export interface InstallationRecord extends RecordMetadata {
  readonly id: InstallationId;
  readonly spec: KindSpec<'Installation'>;
}

/** An organization: people, clusters and bindings that see nothing of another's. */
export interface OrganizationRecord extends RecordMetadata {
  readonly id: OrganizationId;
  /** A DNS label, unique in the installation. */
  readonly name: string;
  readonly spec: KindSpec<'Organization'>;
}

/** Clusters that belong together. Every organization has one named `default`, which can't be deleted or renamed. */
export interface ProjectRecord extends RecordMetadata {
  readonly id: ProjectId;
  readonly organizationId: OrganizationId;
  /** Unique in its organization. */
  readonly name: string;
  readonly spec: KindSpec<'Project'>;
}

/** A registered cluster. What refers to projects stands in `projectId` and `sharedWithProjectIds`, not in the spec. */
export interface ClusterRecord extends Cluster, RecordMetadata {
  readonly projectId: ProjectId;
  readonly sharedWithProjectIds: readonly ProjectId[];
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Omit<KindSpec<'Cluster'>, 'project' | 'sharedWith'>;
}

/** A principal of any kind. */
export interface PrincipalRecord extends Principal, RecordMetadata {
  /** Provider that vouches for it; absent for local principals and the server's own. */
  readonly identityProviderId?: IdentityProviderId;
  readonly isDisabled: boolean;
  /** What people write about it; `Principal.settings` is read out of it. */
  readonly spec: {
    readonly settings?: KindSpec<'User'>['settings'];
    /** Of service accounts and workload identities. */
    readonly description?: string;
    /** Of workload identities: what their tokens must be like. */
    readonly workload?: Pick<KindSpec<'WorkloadIdentity'>, 'issuer' | 'audiences' | 'jwks' | 'condition'>;
  };
  /** Of users that SCIM keeps: what the client calls them, and the rest of what it told. */
  readonly externalId?: string;
  readonly lastLoginAt?: Date;
}

/**
 * A group with its members. The organization's own ones are those without a provider; those of a provider are kept by SCIM
 * and show up in `Principal.groups` of their members.
 */
export interface GroupRecord extends RecordMetadata {
  readonly id: GroupId;
  readonly organizationId: OrganizationId;
  /** Unique among those of the same provider (or of none) in its organization. */
  readonly name: string;
  readonly identityProviderId?: IdentityProviderId;
  readonly externalId?: string;
  readonly description?: string;
  readonly memberIds: readonly PrincipalId[];
}

/** A role. Built-in ones are put at each start and can't be changed. */
export interface RoleRecord extends Role, RecordMetadata {
  readonly isBuiltIn: boolean;
  readonly description?: string;
}

/** A binding. */
export interface BindingRecord extends Binding, RecordMetadata {
  /** Unique in its organization. */
  readonly name: string;
  readonly description?: string;
}

/** An access policy. */
export interface AccessPolicyRecord extends AccessPolicy, RecordMetadata {
  readonly description?: string;
}

/** A request policy. */
export interface RequestPolicyRecord extends RequestPolicy, RecordMetadata {
  readonly description?: string;
}

/** A notification channel, without its secrets, which stay sealed in the store. */
export interface NotificationChannelRecord extends RecordMetadata {
  readonly id: NotificationChannelId;
  readonly organizationId: OrganizationId;
  /** Unique in the organization; a DNS label. */
  readonly name: string;
  /** The spec without secrets and without `reviewsAs`. */
  readonly spec: KindSpec<'NotificationChannel'>;
  /** Names of the secrets that are kept. */
  readonly secretNames: readonly string[];
  /** Service account that signed answers of a webhook count as reviews of. */
  readonly reviewsAsId?: PrincipalId;
}

/** An audit sink, without its secrets, which stay sealed in the store. */
export interface AuditSinkRecord extends RecordMetadata {
  readonly id: AuditSinkId;
  readonly organizationId: OrganizationId;
  /** Unique in the organization; a DNS label. */
  readonly name: string;
  /** The spec without secrets. */
  readonly spec: KindSpec<'AuditSink'>;
  /** Names of the secrets that are kept. */
  readonly secretNames: readonly string[];
}

/** An identity provider, without its client secret, which stays sealed in the store. */
export interface IdentityProviderRecord extends RecordMetadata {
  readonly id: IdentityProviderId;
  readonly organizationId: OrganizationId;
  /** Unique in the organization; a DNS label. Part of the callback path. */
  readonly name: string;
  /** `iss` of its principals: the OIDC issuer or the SAML entity id. */
  readonly issuer: string;
  /** The spec without the secret. */
  readonly spec: KindSpec<'IdentityProvider'>;
  readonly hasClientSecret: boolean;
  /** Put back from the server's configuration at each start. */
  readonly isFromConfiguration: boolean;
  readonly scimTokenIssuedAt?: Date;
}

/** The records that resources are made of, by kind. */
export interface RecordOf {
  readonly Installation: InstallationRecord;
  readonly Organization: OrganizationRecord;
  readonly Project: ProjectRecord;
  readonly Cluster: ClusterRecord;
  readonly Principal: PrincipalRecord;
  readonly Group: GroupRecord;
  readonly Role: RoleRecord;
  readonly Binding: BindingRecord;
  readonly AccessPolicy: AccessPolicyRecord;
  readonly RequestPolicy: RequestPolicyRecord;
  readonly NotificationChannel: NotificationChannelRecord;
  readonly AuditSink: AuditSinkRecord;
  readonly IdentityProvider: IdentityProviderRecord;
}

/** A kind of record. */
export type RecordKind = keyof RecordOf;

/** What a transaction can do with records of every kind. */
export interface RecordWriter {
  /**
   * Writes a record whole; members of a group and shares of a cluster are part of it. Pending access requests and grants of a
   * principal that is disabled end. Yields it as it is stored.
   * @throws StoreError `ERR_STORE_CONFLICT` when `expected` does not hold, `ERR_STORE_NAME_TAKEN` when the name is another's,
   * `ERR_STORE_REFERENCE` when it refers to what is not there
   */
  put<Kind extends RecordKind>(
    kind: Kind,
    record: Writable<RecordOf[Kind]>,
    expected?: Expected,
  ): Promise<RecordOf[Kind]>;
  /**
   * Deletes a record. Bindings of a role and memberships of a principal go with it, and so do sessions and credentials of a
   * principal; pending access requests and grants that rest on it end with it, audited; a project with clusters and a provider
   * with principals refuse.
   * @returns whether it was there
   * @throws StoreError `ERR_STORE_CONFLICT` when `expected` does not hold, `ERR_STORE_IN_USE`
   */
  remove<Kind extends RecordKind>(kind: Kind, id: RecordOf[Kind]['id'], expected?: number): Promise<boolean>;
  /** Makes other transactions that lock the same organization wait until this one has ended. */
  lockOrganization(id: OrganizationId): Promise<void>;
  /**
   * Whether anything that decisions are made of (roles, bindings, groups, projects, clusters, identity providers, and people
   * other than by signing in) changed after `version` of the snapshot, in the organizations that this transaction has locked
   * or above them all. Ask after {@link lockOrganization}.
   */
  hasPolicyChangedSince(version: number): Promise<boolean>;
}

/** Reads records of one instant: a snapshot, or one with changes that are planned. */
export interface RecordReader {
  get<Kind extends RecordKind>(kind: Kind, id: RecordOf[Kind]['id']): RecordOf[Kind] | undefined;
  /** All of one kind in an organization, by name. */
  list<Kind extends Exclude<RecordKind, 'Installation' | 'Organization'>>(
    kind: Kind,
    organizationId: OrganizationId,
  ): readonly RecordOf[Kind][];
  /**
   * By name within an organization. Principals go by user name in its canonical form, groups are the organization's own,
   * organizations are asked for without an id.
   */
  find<Kind extends Exclude<RecordKind, 'Installation'>>(
    kind: Kind,
    name: string,
    organizationId?: OrganizationId,
  ): RecordOf[Kind] | undefined;
}
