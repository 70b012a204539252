import type { ApiClient, KindName } from '@sallyport/core/api';

/** A resource of any kind, as pages that serve all of them read it. */
export interface AnyResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly id: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly resourceVersion: string;
    readonly createdAt: Date;
    readonly updatedAt: Date;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** What somebody writes of one. */
export interface AnyDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Kinds that are listed and edited alike. */
export type ListedKind = Exclude<KindName, 'Installation'>;

/** The plural in the names of operations. */
const PLURALS: Readonly<Record<ListedKind, string>> = {
  Organization: 'Organizations',
  Project: 'Projects',
  Cluster: 'Clusters',
  IdentityProvider: 'IdentityProviders',
  User: 'Users',
  ServiceAccount: 'ServiceAccounts',
  WorkloadIdentity: 'WorkloadIdentities',
  Group: 'Groups',
  Role: 'Roles',
  Binding: 'Bindings',
  AccessPolicy: 'AccessPolicies',
  RequestPolicy: 'RequestPolicies',
  NotificationChannel: 'NotificationChannels',
  AuditSink: 'AuditSinks',
};

/** The operations on resources of one kind. */
export interface ResourceCalls {
  list(
    query: {
      readonly search?: string;
      readonly labelSelector?: string;
      readonly fieldSelector?: string;
      readonly continue?: string;
      readonly limit?: number;
    },
    signal: AbortSignal,
  ): Promise<{
    readonly items: readonly AnyResource[];
    readonly metadata: { readonly continue?: string; readonly totalCount: number };
  }>;
  get(name: string, signal: AbortSignal): Promise<AnyResource>;
  create(document: AnyDocument): Promise<AnyResource>;
  /** Refused unless the resource still has this version. */
  update(name: string, document: AnyDocument, version: string): Promise<AnyResource>;
  remove(name: string, version: string): Promise<void>;
}

type Method = (
  input: Readonly<Record<string, unknown>>,
  options: { readonly signal?: AbortSignal; readonly ifMatch?: string },
) => Promise<never>;

/** The operations on resources of a kind. They are alike for all of them, which the contract can't say of a kind that is not known. */
export function resourceCalls(api: ApiClient, kind: ListedKind, organization: string): ResourceCalls {
  const methods = api as unknown as Readonly<Record<string, Method>>;
  const call = (name: string): Method => {
    const method = methods[name];
    if (method === undefined) throw new RangeError(`there is no operation ${name}`);
    return method;
  };
  // An organization stands for itself; all else stands in one.
  const isOrganization = kind === 'Organization';
  const base = isOrganization ? {} : { organization };
  const one = (name: string) => (isOrganization ? { organization: name } : { organization, name });
  return {
    list: (query, signal) => call(`list${PLURALS[kind]}`)({ ...base, ...query }, { signal }),
    get: (name, signal) => call(`get${kind}`)(one(name), { signal }),
    create: (body) => call(`create${kind}`)({ ...base, body }, {}),
    update: (name, body, ifMatch) => call(`update${kind}`)({ ...one(name), body }, { ifMatch }),
    remove: (name, ifMatch) => call(`delete${kind}`)(one(name), { ifMatch }),
  };
}
