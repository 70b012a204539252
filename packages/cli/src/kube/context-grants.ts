import { type LabelSelector, matchLabelSelector } from '@sallyport/core';
import type { KindResource } from '@sallyport/core/api';
import type { KubeconfigOwner } from '@sallyport/core/kubeconfig';
import type { HeldGrant } from '../output/held-grants.ts';
import { listAll } from '../resources/list-all.ts';
import { type SessionContext, withSession } from '../session/session.ts';
import { resolveHome } from '../state/home.ts';
import type { Profiles } from '../state/profiles.ts';
import { readProfiles } from '../state/profiles-file.ts';

// A look at the contexts is no reason to wait for a server that is away.
const TIMEOUT_MS = 3_000;

/** The part of a cluster that scopes select by. */
type ClusterFacts = Pick<KindResource<'Cluster'>, 'metadata' | 'spec'>;

/** What an account holds for a while, and the clusters that it may be for. */
interface Holding {
  readonly grants: readonly HeldGrant[];
  readonly clusters: readonly ClusterFacts[];
}

/**
 * Looks up which grants count on the cluster of each context, all accounts at once. `undefined` stands where that can't be
 * known now: no login session, or no server. Rejects
 * only for a state folder that can't be read.
 */
export async function readContextGrants(
  context: SessionContext,
  owners: readonly KubeconfigOwner[],
): Promise<ReadonlyMap<KubeconfigOwner, readonly HeldGrant[] | undefined>> {
  const profiles = await readProfiles(resolveHome(context));
  const holdings = new Map<string, Promise<Holding | undefined>>();
  for (const owner of owners) {
    const account = accountOf(owner);
    if (!holdings.has(account)) holdings.set(account, readHolding(context, profiles, owner));
  }
  const found = await Promise.all(
    owners.map(async (owner) => {
      const holding = await holdings.get(accountOf(owner));
      return [owner, holding && grantsOn(holding, owner.cluster)] as const;
    }),
  );
  return new Map(found);
}

function accountOf({ server, organization, account }: KubeconfigOwner): string {
  return JSON.stringify([server, organization, account]);
}

/** By the profile of the account that the context acts as: an API key of the environment may be somebody else. */
async function readHolding(
  context: SessionContext,
  profiles: Profiles,
  { server, organization, account }: KubeconfigOwner,
): Promise<Holding | undefined> {
  const known = profiles.items.find(
    (it) => it.url === server && it.organization === organization && (account ?? it.userName) === it.userName,
  );
  if (known === undefined) return undefined;
  try {
    return await withSession(
      context,
      { profile: known.name },
      async ({ api }) => {
        const { grants } = await api.whoAmI();
        const clusters = grants.some(needsFacts)
          ? await listAll((page) => api.listClusters({ organization, ...page }))
          : [];
        return { grants, clusters };
      },
      { timeoutMs: TIMEOUT_MS },
    );
  } catch {
    // The contexts are what was asked for; "status" tells what is wrong with a session.
    return undefined;
  }
}

function needsFacts({ scope }: HeldGrant): boolean {
  return scope.kind === 'projects' || scope.kind === 'clusterSelector';
}

function grantsOn({ grants, clusters }: Holding, name: string): readonly HeldGrant[] {
  const facts = clusters.find(({ metadata }) => metadata.name === name);
  return grants.filter(({ scope }) => reaches(scope, name, facts));
}

/** Whether a scope reaches a cluster; what is not known of the cluster reaches nothing. */
export function reaches(scope: HeldGrant['scope'], name: string, cluster: ClusterFacts | undefined): boolean {
  switch (scope.kind) {
    case 'installation':
    case 'organization':
      return true;
    case 'clusters':
      return scope.clusters.includes(name);
    case 'projects': {
      const { project = 'default', sharedWith = [] } = cluster?.spec ?? {};
      return cluster !== undefined && [project, ...sharedWith].some((each) => scope.projects.includes(each));
    }
    case 'clusterSelector':
      // The contract writes what is absent as undefined too; matching makes no difference.
      return cluster !== undefined && matchLabelSelector(scope.selector as LabelSelector, cluster.metadata.labels);
  }
}
