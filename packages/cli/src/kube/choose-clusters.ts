import type { ApiClient } from '@sallyport/core/api';
import { CliError } from '../errors.ts';
import { listAll } from '../resources/list-all.ts';

/** A cluster that the account may see. */
export interface Reachable {
  readonly name: string;
  readonly kubeUrl: string;
}

/** Which clusters are meant: all, one by name, or the one that there is. */
export type ClusterChoice = 'all' | 'only' | { readonly name: string };

/** Lists the clusters that the session may see, with the addresses for kubectl. */
export async function listReachable(api: Pick<ApiClient, 'listClusters'>, organization: string): Promise<Reachable[]> {
  const clusters = await listAll((page) => api.listClusters({ organization, ...page }));
  return clusters.map(({ metadata, status }) => ({ name: metadata.name, kubeUrl: status.kubeUrl }));
}

/**
 * Picks the clusters that are meant.
 * @throws CliError `ERR_CLI_CLUSTER_UNKNOWN`, `ERR_CLI_USAGE` when it is unclear which one is meant
 */
export function chooseClusters(items: readonly Reachable[], wanted: ClusterChoice): readonly Reachable[] {
  if (wanted === 'all' || (wanted === 'only' && items.length === 1)) {
    if (items.length > 0) return items;
  } else if (wanted !== 'only') {
    const named = items.find(({ name }) => name === wanted.name);
    if (named !== undefined) return [named];
    throw new CliError({
      code: 'ERR_CLI_CLUSTER_UNKNOWN',
      message: `there is no cluster ${JSON.stringify(wanted.name.slice(0, 64))} that you may see`,
      nextStep: 'Run "sallyport clusters list" for those that there are.',
    });
  }
  if (items.length === 0) {
    throw new CliError({
      code: 'ERR_CLI_CLUSTER_UNKNOWN',
      message: 'there is no cluster that you may see',
      nextStep: 'Register one with "sallyport clusters register NAME", or ask for access to one.',
    });
  }
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `there are ${items.length} clusters; say which`,
    nextStep: `Pass --cluster with one of ${items.map(({ name }) => name).join(', ')}.`,
  });
}
