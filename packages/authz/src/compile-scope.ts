import {
  type Cluster,
  describeLabelSelectorProblem,
  matchLabelSelector,
  type ProjectId,
  type RequestAttributes,
} from '@sallyport/core';
import type { NamespaceSelection, Scope } from './policy.ts';

/** What a binding has to do with a cluster: all that its role says, or the use that sharing gives. */
export type Reach = 'owned' | 'shared';

/** A scope that is ready to be asked. Knows nothing of organizations: whoever asks compares those first. */
export interface CompiledScope {
  /** Why it reaches nothing, as one phrase; absent for a sound scope. */
  readonly problem?: string;
  readonly reachesInstallation: boolean;
  readonly reachesOrganization: boolean;
  /** Whether only namespaces of the clusters are reached. */
  readonly isNarrowed: boolean;
  reachesProject(projectId: ProjectId): boolean;
  /** How the scope reaches a cluster, whatever the namespace; `undefined` when it doesn't. */
  reachOf(cluster: Cluster): Reach | undefined;
  /** The namespaces that are reached; absent when it is all of the cluster. */
  readonly namespaces?: NamespaceSelection;
  /** Whether a request is within the namespaces of the scope; always so when it is not narrowed. */
  holds(attributes: RequestAttributes, namespaceLabels: NamespaceLabels): boolean;
}

/** Labels of a request's namespace, as far as they are known. */
export type NamespaceLabels = Readonly<Record<string, string>> | undefined;

const NOTHING: CompiledScope = {
  reachesInstallation: false,
  reachesOrganization: false,
  isNarrowed: true,
  reachesProject: () => false,
  reachOf: () => undefined,
  holds: () => false,
};

/** Fields of each kind. One that is not here narrows in a way that is not understood. */
const FIELDS: Readonly<Record<Scope['kind'], readonly string[]>> = {
  installation: ['kind'],
  organization: ['kind', 'namespaces'],
  projects: ['kind', 'namespaces', 'projectIds'],
  clusters: ['kind', 'namespaces', 'clusterIds'],
  clusterSelector: ['kind', 'namespaces', 'selector'],
};

/**
 * Why a scope reaches nothing, as one phrase; `undefined` for a sound one. Takes the scope as it came out of a file or a
 * database: an unknown kind or field, an empty list, a malformed selector reach nothing rather than everything.
 */
export function describeScopeProblem(scope: Scope): string | undefined {
  if (typeof scope !== 'object' || scope === null) return 'is not an object';
  if (!Object.hasOwn(FIELDS, scope.kind)) return 'is of an unknown kind';
  const unknown = Object.keys(scope).find((field) => !FIELDS[scope.kind].includes(field));
  if (unknown !== undefined) return `has the unknown field ${JSON.stringify(unknown.slice(0, 64))}`;
  const problem = placesProblem(scope);
  if (problem !== undefined) return problem;
  return 'namespaces' in scope ? namespacesProblem(scope.namespaces) : undefined;
}

function placesProblem(scope: Scope): string | undefined {
  switch (scope.kind) {
    case 'projects':
      return isFilledList(scope.projectIds) ? undefined : 'names no projects';
    case 'clusters':
      return isFilledList(scope.clusterIds) ? undefined : 'names no clusters';
    case 'clusterSelector':
      return prefixed('has a selector that', describeLabelSelectorProblem(scope.selector));
    default:
      return undefined;
  }
}

function namespacesProblem(namespaces: NamespaceSelection | undefined): string | undefined {
  switch (namespaces?.kind) {
    case 'names':
      return isFilledList(namespaces.names) ? undefined : 'names no namespaces';
    case 'selector':
      return prefixed('has a namespace selector that', describeLabelSelectorProblem(namespaces.selector));
    default:
      return 'selects namespaces in an unknown way';
  }
}

/** Makes a scope ready. Total: a scope with a problem reaches nothing. */
export function compileScope(scope: Scope): CompiledScope {
  const problem = describeScopeProblem(scope);
  if (problem !== undefined) return { ...NOTHING, problem };
  const namespaces = 'namespaces' in scope ? scope.namespaces : undefined;
  return {
    reachesInstallation: scope.kind === 'installation',
    reachesOrganization: scope.kind === 'organization',
    isNarrowed: namespaces !== undefined,
    ...(namespaces !== undefined && { namespaces }),
    ...compilePlaces(scope),
    holds: namespaces === undefined ? () => true : compileNamespaces(namespaces),
  };
}

function compilePlaces(scope: Scope): Pick<CompiledScope, 'reachesProject' | 'reachOf'> {
  switch (scope.kind) {
    case 'installation':
      return { reachesProject: () => false, reachOf: () => undefined };
    case 'organization':
      return { reachesProject: () => true, reachOf: () => 'owned' };
    case 'projects': {
      const projectIds = new Set(scope.projectIds);
      return {
        reachesProject: (projectId) => projectIds.has(projectId),
        reachOf(cluster) {
          if (cluster.projectId !== undefined && projectIds.has(cluster.projectId)) return 'owned';
          return cluster.sharedWithProjectIds?.some((projectId) => projectIds.has(projectId)) ? 'shared' : undefined;
        },
      };
    }
    case 'clusters': {
      const clusterIds = new Set(scope.clusterIds);
      return { reachesProject: () => false, reachOf: ({ id }) => (clusterIds.has(id) ? 'owned' : undefined) };
    }
    case 'clusterSelector': {
      const { selector } = scope;
      return {
        reachesProject: () => false,
        reachOf: ({ labels }) => (matchLabelSelector(selector, labels) ? 'owned' : undefined),
      };
    }
  }
}

function compileNamespaces(namespaces: NamespaceSelection): CompiledScope['holds'] {
  const names = namespaces.kind === 'names' ? new Set(namespaces.names) : undefined;
  return (attributes, labels) => {
    if (attributes.kind === 'nonResource') return isDiscovery(attributes.verb, attributes.path);
    const { namespace } = attributes;
    if (namespace === '' || (isNamespaceItself(attributes) && !READS.has(attributes.verb))) return false;
    if (names !== undefined) return names.has(namespace);
    return namespaces.kind === 'selector' && labels !== undefined && matchLabelSelector(namespaces.selector, labels);
  };
}

const READS: ReadonlySet<string> = new Set(['get', 'watch']);

/**
 * The namespace as an object, which kube-apiserver counts as being in itself. It may be looked at under a narrowed binding,
 * not written: its labels decide about selectors and pod security, so they are the cluster's business.
 */
function isNamespaceItself(attributes: RequestAttributes): boolean {
  return attributes.kind === 'resource' && attributes.apiGroup === '' && attributes.resource === 'namespaces';
}

// What Kubernetes' own role system:discovery gives to everyone who is signed in.
const DISCOVERY = /^\/(?:apis?(?:\/.*)?|openapi(?:\/.*)?|version\/?|healthz|livez|readyz)$/;

/** Which kinds there are is of no namespace and tells nothing of any; without it no client gets as far as a namespace. */
export function isDiscovery(verb: string, path: string): boolean {
  return verb === 'get' && DISCOVERY.test(path);
}

function isFilledList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && item !== '');
}

function prefixed(prefix: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `${prefix} ${problem}`;
}
