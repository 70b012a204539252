import type { Cluster, Principal, RequestAttributes } from '@sallyport/core';
import type { CompiledRole } from '../compile-role.ts';
import type { NamespaceLabels } from '../compile-scope.ts';
import type { StandingPolicy } from '../compile-standing.ts';
import { USE_PERMISSIONS } from '../permission-index.ts';
import type { RequestPolicy, Role, Scope } from '../policy.ts';
import type { AccessQuery, AuthenticationFacts } from '../query.ts';
import type { CompiledRequestPolicy } from './compile-request-policy.ts';
import { requestFacts } from './request-facts.ts';

/** A role that somebody may ask for, and the request policy that lets them. */
export interface Requestable {
  readonly role: Role;
  readonly policy: RequestPolicy;
  /** How many approvals it takes in all. */
  readonly approvals: number;
}

/** Where something is asked for, by whom and when. */
export interface RequestablePlace {
  /** Absent: anywhere. */
  readonly cluster?: Cluster;
  /** Goes with a cluster. Absent: any of its namespaces. */
  readonly namespace?: string;
  /** Labels of that namespace; absent: not known, and no label selector over namespaces matches. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly at: Date;
  /** How the principal signed in. */
  readonly authentication?: AuthenticationFacts;
}

/** A role under a request policy, compiled. */
export interface RequestableRoleOn {
  readonly role: CompiledRole;
  readonly by: CompiledRequestPolicy;
}

/**
 * What a principal may ask for in a place: each role with each request policy that lets them, by the policies' names. Policies
 * whose condition does not hold are left out; one that goes by what a request says, which nobody has made yet, is kept.
 */
export function requestableOn(
  policy: StandingPolicy,
  principal: Principal,
  place: RequestablePlace,
): readonly Requestable[] {
  const { cluster, namespace, namespaceLabels } = place;
  const pairs = cluster === undefined ? pairsOf(policy, principal) : policy.requestableRolesOn(principal, cluster);
  return pairs
    .filter(({ by }) => namespace === undefined || reachesNamespace(by, namespace, namespaceLabels))
    .filter((pair) => mayHold(pair, principal, place))
    .map(({ role: { role }, by }) => ({ role, policy: by.policy, approvals: by.approvals }));
}

/** Roles of the request policies that let a principal ask, each with its policy; `cluster` leaves those that reach it. */
export function pairsOf(
  policy: Pick<StandingPolicy, 'requestPoliciesOf'>,
  principal: Principal,
  cluster?: Cluster,
): readonly RequestableRoleOn[] {
  return policy
    .requestPoliciesOf(principal)
    .flatMap((by) =>
      by.roles.filter((role) => cluster === undefined || gives(by, role, cluster)).map((role) => ({ role, by })),
    );
}

/** A policy that has to do with a cluster by sharing alone gives nothing but its use. */
function gives({ scope }: CompiledRequestPolicy, role: CompiledRole, cluster: Cluster): boolean {
  const reach = scope.reachOf(cluster);
  return reach === 'owned' || (reach === 'shared' && (scope.isNarrowed || isForUse(role)));
}

/** Whether all that a role allows on Sallyport itself is about using clusters. */
export function isForUse({ permissions }: CompiledRole): boolean {
  return [...permissions].every((permission) => USE_PERMISSIONS.has(permission));
}

function reachesNamespace({ scope }: CompiledRequestPolicy, namespace: string, labels: NamespaceLabels): boolean {
  const attributes: RequestAttributes = {
    kind: 'resource',
    verb: 'get',
    apiGroup: '',
    apiVersion: 'v1',
    resource: 'pods',
    subresource: '',
    namespace,
    name: '',
    remainder: '',
    path: '',
  };
  return scope.holds(attributes, labels);
}

/** Roles that would be enough for a request, and that its principal may ask for where it is. */
export function requestableFor(
  policy: StandingPolicy,
  query: AccessQuery,
  isEnough: (role: CompiledRole) => boolean,
): readonly RequestableRoleOn[] {
  const { principal, cluster, attributes, namespaceLabels } = query;
  const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
  return policy
    .requestableRolesOn(principal, cluster)
    .filter(
      (pair) =>
        pair.by.scope.holds(attributes, namespaceLabels) &&
        isEnough(pair.role) &&
        mayHold(pair, principal, { ...query, ...(namespace !== '' && { namespace }) }),
    );
}

function mayHold(
  { role, by }: RequestableRoleOn,
  requester: Principal,
  { cluster, namespace, at, authentication }: RequestablePlace,
): boolean {
  if (by.condition === undefined) return true;
  const namespaces = namespace === undefined ? undefined : ({ kind: 'names', names: [namespace] } as const);
  const scope: Scope | undefined = cluster && {
    kind: 'clusters',
    clusterIds: [cluster.id],
    ...(namespaces !== undefined && { namespaces }),
  };
  const facts = requestFacts(
    { role: role.role.name, ...(scope !== undefined && { scope }) },
    { requester, at, ...(authentication !== undefined && { authentication }) },
    { clusterName: () => cluster?.name, projectName: () => undefined },
  );
  return by.condition.judge(facts) !== 'doesNotHold';
}
