import { type Cluster, type Principal, parseDuration } from '@sallyport/core';
import type { Settings } from '@sallyport/core/api';
import { describeStepUpNeed, type StepUpDemand, strictestDemand } from '../authn/step-up.ts';
import type { Snapshot } from '../snapshot.ts';
import type { LoginSession } from '../stores/contracts.ts';

/** What a login lacks, and the demand that it has to meet. */
export interface StepUpNeed {
  readonly demand: StepUpDemand;
  /** As a sentence, lower case and without a full stop. */
  readonly need: string;
}

/**
 * How fresh and strong a person's login must be, by the settings of the organization and of the person, and of project and
 * cluster where it is about one: all of them together. `undefined` when nothing is demanded, and for machines, which have no
 * way to prove themselves anew.
 */
export function stepUpDemandOf(
  snapshot: Pick<Snapshot, 'organizations' | 'projects' | 'principals' | 'clusters'>,
  principal: Principal,
  cluster?: Cluster,
): StepUpDemand | undefined {
  if (principal.kind !== 'user') return undefined;
  const settings: (Settings | undefined)[] = [
    snapshot.organizations.get(principal.organizationId)?.spec.settings,
    snapshot.principals.get(principal.id)?.spec.settings,
  ];
  const record = cluster && snapshot.clusters.get(cluster.id);
  if (record !== undefined) {
    settings.push(snapshot.projects.get(record.projectId)?.spec.settings, record.spec.settings);
  }
  const demands = settings.flatMap((each) => (each?.stepUp === undefined ? [] : [toDemand(each.stepUp)]));
  return strictestDemand(demands);
}

/** What the login behind a session lacks of what is demanded; `undefined` when it has everything. */
export function findStepUpNeed(
  snapshot: Parameters<typeof stepUpDemandOf>[0],
  principal: Principal,
  session: LoginSession | undefined,
  at: Date,
  cluster?: Cluster,
): StepUpNeed | undefined {
  const demand = stepUpDemandOf(snapshot, principal, cluster);
  if (demand === undefined) return undefined;
  // Without a session there is nothing that was proved.
  const need = session === undefined ? 'there is no login session' : describeStepUpNeed(session, demand, at);
  return need === undefined ? undefined : { demand, need };
}

function toDemand({ maxAge, acr, amr }: NonNullable<Settings['stepUp']>): StepUpDemand {
  return {
    ...(maxAge !== undefined && { maxAgeMs: parseDuration(maxAge) }),
    ...(acr !== undefined && { acr }),
    ...(amr !== undefined && { amr }),
  };
}
