import type { ApiClient } from '@sallyport/core/api';
import { queryOptions } from '@tanstack/react-query';
import { LIVE } from '../../api/live.ts';

const PAGE = 200;

/** Every cluster that the reader sees. */
export const clustersQuery = (api: ApiClient, organization: string) =>
  queryOptions({
    queryKey: ['clusters', 'list', organization],
    queryFn: async ({ signal }) => {
      const items = [];
      let next: string | undefined;
      do {
        const page = await api.listClusters(
          { organization, limit: PAGE, ...(next !== undefined && { continue: next }) },
          { signal },
        );
        items.push(...page.items);
        next = page.metadata.continue;
      } while (next !== undefined);
      return items;
    },
    ...LIVE,
  });

/** One cluster. */
export const clusterQuery = (api: ApiClient, organization: string, name: string) =>
  queryOptions({
    queryKey: ['clusters', 'one', organization, name],
    queryFn: ({ signal }) => api.getCluster({ organization, name }, { signal }),
    ...LIVE,
  });

/** Nodes and namespaces as the server saw them last. */
export const inventoryQuery = (api: ApiClient, organization: string, name: string) =>
  queryOptions({
    queryKey: ['clusters', 'inventory', organization, name],
    queryFn: ({ signal }) => api.getClusterInventory({ organization, name }, { signal }),
    ...LIVE,
  });

/** Agents of a cluster. */
export const agentsQuery = (api: ApiClient, organization: string, name: string) =>
  queryOptions({
    queryKey: ['clusters', 'agents', organization, name],
    queryFn: ({ signal }) => api.listAgents({ organization, name }, { signal }),
    ...LIVE,
  });

/** Open join tokens of a cluster. */
export const joinTokensQuery = (api: ApiClient, organization: string, name: string) =>
  queryOptions({
    queryKey: ['clusters', 'join-tokens', organization, name],
    queryFn: ({ signal }) => api.listJoinTokens({ organization, name }, { signal }),
    ...LIVE,
  });

/** Sessions that run in a cluster now, of those that the reader may see. */
export const liveSessionsQuery = (api: ApiClient, organization: string, cluster: string) =>
  queryOptions({
    queryKey: ['clusters', 'sessions', organization, cluster],
    queryFn: ({ signal }) => api.listSessions({ organization, cluster, state: 'recording', limit: 50 }, { signal }),
    ...LIVE,
  });

/** What people did there last. */
export const commandsQuery = (api: ApiClient, organization: string, cluster: string) =>
  queryOptions({
    queryKey: ['clusters', 'commands', organization, cluster],
    queryFn: ({ signal }) => api.listKubectlCommands({ organization, cluster, limit: 50 }, { signal }),
    ...LIVE,
  });
