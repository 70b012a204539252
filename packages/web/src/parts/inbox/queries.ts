import type { ApiClient } from '@sallyport/core/api';
import { queryOptions } from '@tanstack/react-query';
import { LIVE } from '../../api/live.ts';

const given = (name: string, value: string) => (value === '' ? {} : { [name]: value });

/** What the reader may ask for at a place. */
export const requestableQuery = (
  api: ApiClient,
  organization: string,
  { cluster, namespace }: { readonly cluster: string; readonly namespace: string },
) =>
  queryOptions({
    queryKey: ['access', 'requestable', organization, cluster, namespace],
    queryFn: ({ signal }) =>
      api.listRequestable({ organization, ...given('cluster', cluster), ...given('namespace', namespace) }, { signal }),
  });

/** One access request. */
export const requestQuery = (api: ApiClient, organization: string, id: string) =>
  queryOptions({
    queryKey: ['access', 'request', organization, id],
    queryFn: ({ signal }) => api.getAccessRequest({ organization, id }, { signal }),
  });

/** Access requests of one view: those that wait for the reader, their own, or those that are to be reviewed afterwards. */
export const requestsQuery = (
  api: ApiClient,
  organization: string,
  filter: {
    readonly view?: 'mine' | 'toReview' | 'followUp';
    readonly state?: string;
    readonly role?: string;
    readonly limit?: number;
  },
) =>
  queryOptions({
    queryKey: ['access', 'requests', organization, filter],
    queryFn: ({ signal }) => api.listAccessRequests({ organization, limit: 100, ...filter }, { signal }),
    ...LIVE,
  });

/** Grants, the reader's own or all that they may see. */
export const grantsQuery = (
  api: ApiClient,
  organization: string,
  filter: {
    readonly view?: 'mine';
    readonly state?: string;
    readonly user?: string;
    readonly role?: string;
    readonly limit?: number;
  },
) =>
  queryOptions({
    queryKey: ['access', 'grants', organization, filter],
    queryFn: ({ signal }) => api.listGrants({ organization, limit: 200, ...filter }, { signal }),
    ...LIVE,
  });
