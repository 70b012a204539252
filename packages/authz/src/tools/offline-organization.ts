import { type Cluster, createId, LOCAL_ISSUER, type Principal, type PrincipalId } from '@sallyport/core';
import type { AccessSubjectSpec, KindName, KindSpec, ResourceDocument } from '@sallyport/core/api';
import { builtInRoles } from '../built-in-roles.ts';
import { compilePolicy, type Policy } from '../compile-policy.ts';
import type { Directory } from '../documents/directory.ts';
import { readAccessPolicy, readBinding, readRole } from '../documents/read-policy.ts';
import { AuthzError, type AuthzErrorCode } from '../errors.ts';
import type { AccessPolicy, Binding, Role } from '../policy.ts';
import {
  accessPolicyProblems,
  type DocumentPath,
  type LocatedProblem,
  roleProblems,
  splitPath,
} from './document-problems.ts';

/** A document that does not fit the others. */
export interface OfflineProblem {
  /** Place among the documents that were given. */
  readonly index: number;
  /** Where in it. */
  readonly path: DocumentPath;
  readonly message: string;
  /** Code of the error, where it has one of its own. */
  readonly code?: AuthzErrorCode;
}

/** An organization that exists as documents only. */
export interface OfflineOrganization {
  readonly policy: Policy;
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Who a test speaks of. People need no document: whoever signs in is known by name and groups. */
  principal(who: AccessSubjectSpec): Principal;
}

/** What {@link readOrganization} found. */
export interface OfflineReading {
  readonly organization: OfflineOrganization;
  readonly problems: readonly OfflineProblem[];
}

const UNKNOWN_PROVIDER = 'sallyport:unknown';

/**
 * Reads an organization from its documents, with the built-in roles, as the server would after applying them. Ids are made
 * from names (`rol_deployer`), so that reasons can be read. Documents with problems are left out and told.
 */
export function readOrganization(documents: readonly ResourceDocument[]): OfflineReading {
  const problems: OfflineProblem[] = [];
  const organizationId = createId('organization');
  const named = <Kind extends KindName>(kind: Kind) =>
    documents.flatMap((document, index) =>
      document.kind === kind
        ? [
            {
              index,
              name: document.metadata.name,
              labels: document.metadata.labels ?? {},
              spec: document.spec as KindSpec<Kind>,
            },
          ]
        : [],
    );
  const idsOf = <Id extends string>(prefix: string, names: readonly string[]) =>
    new Map(names.map((name) => [name, `${prefix}_${name}` as Id]));

  const roleDocuments = named('Role');
  const builtIn = builtInRoles(organizationId, (name) => `rol_${name}` as Role['id']);
  const roleIds = idsOf<Role['id']>('rol', [
    ...builtIn.map(({ name }) => name),
    ...roleDocuments.map(({ name }) => name),
  ]);
  const projectIds = idsOf<NonNullable<Cluster['projectId']>>('prj', [
    'default',
    ...named('Project').map(({ name }) => name),
  ]);
  const issuers = new Map(
    named('IdentityProvider').map(({ name, spec }) => [name, (spec.oidc ?? spec.saml)?.issuer ?? name]),
  );
  const groups = named('Group');
  const users = new Map(named('User').map((user) => [user.name, user]));
  const machines = { ServiceAccount: named('ServiceAccount'), WorkloadIdentity: named('WorkloadIdentity') };
  const clusters = new Map(
    named('Cluster').map(({ name, labels, spec }): [string, Cluster] => [
      name,
      {
        id: `clu_${name}` as Cluster['id'],
        organizationId,
        name,
        labels,
        projectId:
          projectIds.get(spec.project ?? 'default') ?? (`prj_${spec.project}` as NonNullable<Cluster['projectId']>),
        sharedWithProjectIds: (spec.sharedWith ?? []).flatMap((project) => projectIds.get(project) ?? []),
      },
    ]),
  );

  const directory: Directory = {
    organizationId,
    roleId: (name) => roleIds.get(name),
    projectId: (name) => projectIds.get(name),
    clusterId: (name) => clusters.get(name)?.id,
    principalId: (kind, name) =>
      kind === 'User'
        ? idOfUser(name)
        : machines[kind].some((machine) => machine.name === name)
          ? (`prn_${kind}_${name}` as PrincipalId)
          : undefined,
    issuerOf: (name) => issuers.get(name),
    hasGroup: (name) => groups.some((group) => group.name === name),
    missing: (path, kind, name) =>
      new AuthzError({
        code: 'ERR_POLICY_REFERENCE_MISSING',
        message: `${path} names the ${kind} ${JSON.stringify(name)}, which none of the documents describes`,
        nextStep: 'Add its document, or export it from the server beside the others.',
      }),
  };

  function collect<Kind extends 'Role' | 'Binding' | 'AccessPolicy', Made>(
    kind: Kind,
    make: (name: string, spec: KindSpec<Kind>) => Made,
    problemsOf: (made: Made) => readonly LocatedProblem[],
  ): readonly Made[] {
    return named(kind).flatMap(({ index, name, spec }) => {
      try {
        const made = make(name, spec);
        problems.push(...problemsOf(made).map((problem) => ({ index, ...problem })));
        return [made];
      } catch (error) {
        if (!(error instanceof AuthzError)) throw error;
        const [field = ''] = error.message.split(' ', 1);
        problems.push({ index, path: splitPath(field), message: error.message, code: error.code });
        return [];
      }
    });
  }

  const roles = collect(
    'Role',
    (name, spec): Role => ({ ...readRole(spec), id: `rol_${name}` as Role['id'], organizationId, name }),
    roleProblems,
  );
  const bindings = collect(
    'Binding',
    (name, spec): Binding => ({ ...readBinding(spec, directory), id: `bnd_${name}` as Binding['id'], organizationId }),
    () => [],
  );
  const accessPolicies = collect(
    'AccessPolicy',
    (name, spec): AccessPolicy => ({
      ...readAccessPolicy(spec, directory),
      id: `pol_${name}` as AccessPolicy['id'],
      organizationId,
      name,
    }),
    accessPolicyProblems,
  );
  const policy = compilePolicy({ roles: [...builtIn, ...roles], bindings, accessPolicies }, 1);

  return {
    problems,
    organization: {
      policy,
      clusters,
      principal(who) {
        const base = { organizationId, displayName: '', groups: [] as readonly string[] };
        if ('serviceAccount' in who) {
          const { serviceAccount: name } = who;
          return {
            ...base,
            id: `prn_ServiceAccount_${name}` as PrincipalId,
            kind: 'serviceAccount',
            issuer: LOCAL_ISSUER,
            subjectClaim: name,
            userName: `serviceaccount:${name}`,
            localGroups: groups.filter(({ spec }) => spec.serviceAccounts?.includes(name)).map((group) => group.name),
          };
        }
        const known = users.get(who.user);
        const provider = who.identityProvider ?? known?.spec.identityProvider;
        return {
          ...base,
          id: idOfUser(who.user),
          kind: 'user',
          issuer: (provider === undefined ? undefined : issuers.get(provider)) ?? UNKNOWN_PROVIDER,
          subjectClaim: who.user,
          userName: who.user,
          groups: who.groups ?? [],
          localGroups: groups.filter(({ spec }) => spec.users?.includes(who.user)).map(({ name }) => name),
          ...(known?.spec.disabled === true && { isDisabled: true }),
        };
      },
    },
  };
}

function idOfUser(name: string): PrincipalId {
  return `prn_${name}` as PrincipalId;
}
