import type { CompiledBinding, Scope } from '@sallyport/authz';
import {
  type Cluster,
  describeNameProblem,
  type EncodedUpstreamAccess,
  type LabelSelector,
  matchLabelSelector,
  type PrincipalId,
  type UpstreamBinding,
  type UpstreamRole,
} from '@sallyport/core';
import {
  describeUpstreamAccessProblem,
  encodeUpstreamAccess,
  parseUpstreamAccess,
  upstreamRoleName,
} from '@sallyport/core/upstream-access';
import type { LabelsByNamespace } from '../access/namespace-labels.ts';
import type { Snapshot } from '../snapshot.ts';
import { generatedRoles } from './generated-roles.ts';

/** What the agents of a cluster are to keep bound, in every form that is needed of it. */
export interface DesiredAccess {
  readonly encoded: EncodedUpstreamAccess;
  /** What each user is bound to: ClusterRole and namespace, as one text. */
  readonly byUser: ReadonlyMap<string, ReadonlySet<string>>;
  /** Why it must not be told to agents, as one phrase: it is beyond the limits. */
  readonly problem?: string;
}

/** What {@link desiredAccess} goes by besides the snapshot. */
export interface DesiredAccessQuery {
  /** ClusterRoles that the agents may bind. */
  readonly clusterRoles: readonly string[];
  /** Whether the rules of roles become ClusterRoles, which people are bound to in place of ceilings. Default false. */
  readonly generatedRules?: boolean;
  /** Labels of the cluster's namespaces as they were last seen; `undefined` when that is too long ago. */
  readonly namespaces: LabelsByNamespace | undefined;
  readonly at: Date;
}

/** Groups of ceilings begin with this; what follows is the name of the ClusterRole. */
const CEILING_PREFIX = 'sallyport:';
/**
 * People stay bound for half of this to all of it beyond the moment, and are renewed as long as they are to stay: long enough to
 * outlast the restart of a server, short enough that nobody stays bound for long who could not be taken out.
 */
const LEASE_MS = 60 * 60_000;
/** Ends are rounded up to this, so that a session that is extended with each use is no change. */
const END_STEP_MS = 5 * 60_000;

/**
 * Derives from a snapshot who is to be bound in a cluster, to what, and for how long: whoever has a live login session, and machines,
 * to the ClusterRoles of the ceilings of each binding that selects them and each grant of theirs that runs, in the namespaces that it
 * reaches; what a grant is narrowed to besides, requests are held to. Pure; the same for all of
 * half an hour as long as the snapshot says the same. Where rules are generated, to those of the role in place of its ceilings.
 */
export function desiredAccess(snapshot: Snapshot, cluster: Cluster, query: DesiredAccessQuery): DesiredAccess {
  const { clusterRoles, generatedRules = false, at } = query;
  const places = new Map<string, { readonly place: Place; readonly subjects: Map<string, number> }>();
  const byUser = new Map<string, Set<string>>();
  const ends = sessionEnds(snapshot, at);
  for (const principal of snapshot.principals.values()) {
    if (principal.organizationId !== cluster.organizationId || principal.kind === 'system') continue;
    const basisEnd = principal.kind === 'user' ? ends.get(principal.id) : Number.POSITIVE_INFINITY;
    // Decisions refuse such a name, too.
    if (basisEnd === undefined || describeNameProblem(principal.userName) !== undefined) continue;
    for (const compiled of snapshot.policy.heldOn(principal, cluster, at)) {
      const expiresAt = expiryOf(Math.min(basisEnd, compiled.grant?.endsAtMs ?? Number.POSITIVE_INFINITY), at);
      for (const place of placesOf(compiled, query)) {
        const key = `${place.clusterRole}/${place.namespace ?? ''}`;
        const known = places.get(key) ?? { place, subjects: new Map<string, number>() };
        places.set(key, known);
        known.subjects.set(principal.userName, Math.max(expiresAt, known.subjects.get(principal.userName) ?? 0));
        const keys = byUser.get(principal.userName) ?? new Set();
        byUser.set(principal.userName, keys.add(key));
      }
    }
  }
  const roles = [...places.values()].flatMap(({ place }) => place.generated ?? []);
  const bindings: readonly UpstreamBinding[] = [...places.values()].map(({ place, subjects }) => ({
    clusterRole: place.clusterRole,
    ...(place.namespace !== undefined && { namespace: place.namespace }),
    subjects: [...subjects].map(([user, expiresAt]) => ({ user, expiresAt })),
  }));
  const encoded = encodeUpstreamAccess({ bindings, roles });
  const access = parseUpstreamAccess(encoded.bytes);
  const problem = describeUpstreamAccessProblem(access, {
    clusterRoles,
    generatedRules,
    at,
    byteCount: encoded.bytes.length,
  });
  return { encoded, byUser, ...(problem !== undefined && { problem }) };
}

interface Place {
  readonly clusterRole: string;
  readonly namespace?: string;
  /** The ClusterRole that is to be made, where it is not one that the cluster has. */
  readonly generated?: UpstreamRole;
}

function placesOf({ binding, compiledRole }: CompiledBinding, query: DesiredAccessQuery): readonly Place[] {
  if (compiledRole.problem !== undefined) return [];
  const { role } = compiledRole;
  const ceilings = role.ceilingGroups
    .filter((group) => group.startsWith(CEILING_PREFIX))
    .map((group) => group.slice(CEILING_PREFIX.length))
    .filter((clusterRole) => query.clusterRoles.includes(clusterRole));
  const reached = reachedNamespaces(binding.scope, query);
  const generated = query.generatedRules === true ? generatedRoles(role, ceilings) : undefined;
  if (generated === undefined) return ceilings.flatMap((clusterRole) => inEach(reached, { clusterRole }));
  return generated.flatMap((part) => {
    const place = { clusterRole: upstreamRoleName(part.role), generated: part.role };
    if (part.namespaces === undefined) return inEach(reached, place);
    return inEach(
      part.namespaces.filter((namespace) => reached === undefined || reached.includes(namespace)),
      place,
    );
  });
}

function inEach(namespaces: readonly string[] | undefined, place: Place): readonly Place[] {
  return namespaces === undefined ? [place] : namespaces.map((namespace) => ({ ...place, namespace }));
}

/** Namespaces that a binding reaches; `undefined` for the whole cluster. */
function reachedNamespaces(scope: Scope, { namespaces }: DesiredAccessQuery): readonly string[] | undefined {
  const selection = 'namespaces' in scope ? scope.namespaces : undefined;
  if (selection === undefined) return undefined;
  return selection.kind === 'names' ? selection.names : matching(selection.selector, namespaces);
}

function matching(selector: LabelSelector, namespaces: LabelsByNamespace | undefined): readonly string[] {
  return [...(namespaces ?? [])].filter(([, labels]) => matchLabelSelector(selector, labels)).map(([name]) => name);
}

/** When the last live session of each principal ends, in milliseconds. */
function sessionEnds({ loginSessions }: Snapshot, at: Date): ReadonlyMap<PrincipalId, number> {
  const ends = new Map<PrincipalId, number>();
  for (const { principalId, expiresAt } of loginSessions.values()) {
    if (expiresAt > at) ends.set(principalId, Math.max(ends.get(principalId) ?? 0, expiresAt.getTime()));
  }
  return ends;
}

/** Until when somebody is bound whose basis ends then, in seconds. */
function expiryOf(basisEnd: number, at: Date): number {
  const step = LEASE_MS / 2;
  const leaseEnd = (Math.floor(at.getTime() / step) + 2) * step;
  return Math.min(leaseEnd, Math.ceil(basisEnd / END_STEP_MS) * END_STEP_MS) / 1_000;
}
