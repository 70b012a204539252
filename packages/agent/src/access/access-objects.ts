import type { UpstreamAccess, UpstreamSubject } from '@sallyport/core';

/** RoleBinding or ClusterRoleBinding, as far as the agent looks at it. */
export interface BindingObject {
  readonly apiVersion: string;
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  readonly metadata: {
    readonly name: string;
    /** Absent: a ClusterRoleBinding. */
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly BindingSubject[];
}

/** Who is bound. */
export interface BindingSubject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Which installation the objects belong to. */
export interface AccessOwner {
  /** Prefix of the names of objects; equals the name of the agent's service account. */
  readonly name: string;
  readonly clusterId: string;
  /** Who stands in a binding for somebody. */
  readonly subjectOf: (user: string) => BindingSubject;
}

const RBAC = 'rbac.authorization.k8s.io';
/** When each subject's time is over, in their order: a JSON list of seconds since the epoch. */
export const EXPIRES_ANNOTATION = 'sallyport.dev/expires';
/** Version of what the object was made from. */
export const VERSION_ANNOTATION = 'sallyport.dev/version';
/** Tells what comes and goes with access from what was installed. */
const ACCESS_LABEL = 'sallyport.dev/access';
/** What names of generated ClusterRoles begin with; see `upstreamRoleName`. */
const GENERATED_PREFIX = 'rules-';

/** The subject that a person is under their own user name. */
export function userSubject(user: string): BindingSubject {
  return { kind: 'User', apiGroup: RBAC, name: user };
}

/**
 * Name of the bindings to a ClusterRole, the same in every namespace. There are as many names as ClusterRoles that may be bound, so
 * that the rights of the agent can list them.
 */
export function accessBindingName(ownerName: string, clusterRole: string): string {
  return `${ownerName}-access-${clusterRole}`;
}

/** Whether a name is one of a generated ClusterRole, or of bindings to one. */
export function isGeneratedName(ownerName: string, name: string): boolean {
  return name.startsWith(accessBindingName(ownerName, GENERATED_PREFIX));
}

/** Labels of every object that an agent keeps. */
export function accessLabels({ name, clusterId }: Pick<AccessOwner, 'name' | 'clusterId'>): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'sallyport-agent',
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/managed-by': 'sallyport',
    'sallyport.dev/cluster': clusterId,
    [ACCESS_LABEL]: 'kept',
  };
}

/** Whether an object was made by {@link desiredBindings}, of whichever cluster id: a cluster that is registered anew has another one. */
export function isKept(
  { metadata }: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } },
  ownerName: string,
): boolean {
  const { labels } = metadata;
  return labels?.[ACCESS_LABEL] === 'kept' && labels['app.kubernetes.io/instance'] === ownerName;
}

/** The bindings that are to be there at an instant. Subjects whose time is over are in none of them. */
export function desiredBindings(
  access: UpstreamAccess,
  version: number,
  owner: AccessOwner,
  at: Date,
): readonly BindingObject[] {
  return access.bindings.flatMap(({ clusterRole, namespace, subjects }) => {
    const live = subjects.filter(({ expiresAt }) => expiresAt * 1_000 > at.getTime());
    return live.length === 0 ? [] : [bindingOf(clusterRole, namespace, live, version, owner)];
  });
}

function bindingOf(
  clusterRole: string,
  namespace: string | undefined,
  subjects: readonly UpstreamSubject[],
  version: number,
  owner: AccessOwner,
): BindingObject {
  const name = accessBindingName(owner.name, clusterRole);
  // A generated ClusterRole has the name of the bindings to it.
  const isGenerated = clusterRole.startsWith(GENERATED_PREFIX);
  return {
    apiVersion: `${RBAC}/v1`,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels: accessLabels(owner),
      annotations: {
        [EXPIRES_ANNOTATION]: JSON.stringify(subjects.map(({ expiresAt }) => expiresAt)),
        [VERSION_ANNOTATION]: String(version),
      },
    },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: isGenerated ? name : clusterRole },
    subjects: subjects.map(({ user }) => owner.subjectOf(user)),
  };
}

/**
 * What stays of a binding at an instant when nobody says any more what is to be there: the subjects whose time is not over.
 * `undefined` when none is, or when it can't be told, because somebody else changed it.
 */
export function survivorOf(object: BindingObject, at: Date): BindingObject | undefined {
  const subjects = object.subjects ?? [];
  const expiries = readExpiries(object.metadata.annotations?.[EXPIRES_ANNOTATION]);
  if (expiries?.length !== subjects.length) return undefined;
  const isLive = (_: unknown, i: number) => (expiries[i] ?? 0) * 1_000 > at.getTime();
  const live = subjects.filter(isLive);
  if (live.length === 0) return undefined;
  if (live.length === subjects.length) return object;
  const annotations = {
    ...object.metadata.annotations,
    [EXPIRES_ANNOTATION]: JSON.stringify(expiries.filter(isLive)),
  };
  return { ...object, metadata: { ...object.metadata, annotations }, subjects: live };
}

/** When the next subject's time is over, in milliseconds since the epoch; `undefined` when nobody is bound. */
export function nextExpiry(objects: readonly BindingObject[]): number | undefined {
  const expiries = objects.flatMap(({ metadata }) => readExpiries(metadata.annotations?.[EXPIRES_ANNOTATION]) ?? []);
  return expiries.length === 0 ? undefined : expiries.reduce((a, b) => Math.min(a, b)) * 1_000;
}

/** Version of what an object was made from; 0 when it doesn't say. */
export function versionOf({ metadata }: BindingObject): number {
  const version = Number(metadata.annotations?.[VERSION_ANNOTATION]);
  return Number.isSafeInteger(version) ? version : 0;
}

function readExpiries(annotation: string | undefined): readonly number[] | undefined {
  try {
    const list: unknown = JSON.parse(annotation ?? '');
    return Array.isArray(list) && list.every((item) => Number.isSafeInteger(item)) ? (list as number[]) : undefined;
  } catch {
    return undefined;
  }
}
