import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useMemo } from 'react';
import { discoverKinds } from '../../api/kube/discovery.ts';
import { createKubeClient, type KubeClient } from '../../api/kube/kube-client.ts';
import { type Action, type ReviewedRule, rulesAllow } from '../../api/kube/may.ts';
import { useSignedIn } from '../../app/signed-in.tsx';

/** The cluster that the page looks into. */
export interface BrowsedCluster {
  readonly name: string;
  readonly client: KubeClient;
}

const BrowsedContext = createContext<BrowsedCluster | undefined>(undefined);

/** Gives the parts of the page their cluster. */
export const BrowsedProvider = BrowsedContext.Provider;

/** The cluster that the page looks into. */
export function useBrowsed(): BrowsedCluster {
  const browsed = useContext(BrowsedContext);
  if (browsed === undefined) throw new Error('a part of the browser stands outside of a cluster');
  return browsed;
}

/** The client of a cluster, as the signed-in person. */
export function useKubeClient(clusterId: string): KubeClient {
  const { session } = useSignedIn();
  const { header, token } = session.csrf;
  return useMemo(() => createKubeClient({ clusterId, csrf: { header, token } }), [clusterId, header, token]);
}

const KINDS_STALE_MS = 300_000;

/** What the cluster serves; custom kinds come and go, so not for ever. */
export const useKinds = (client: KubeClient) =>
  useQuery({
    queryKey: ['kube', client.clusterId, 'kinds'],
    queryFn: ({ signal }) => discoverKinds(client, signal),
    staleTime: KINDS_STALE_MS,
  });

/** Names of namespaces; an error where the reader may not list them. */
export const useNamespaces = (client: KubeClient) =>
  useQuery({
    queryKey: ['kube', client.clusterId, 'namespaces'],
    queryFn: async ({ signal }) => {
      const { items } = await client.get<{
        readonly items: readonly { readonly metadata: { readonly name: string } }[];
      }>('/api/v1/namespaces?limit=1000', {
        accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io, application/json',
        signal,
      });
      return items.map(({ metadata }) => metadata.name);
    },
    staleTime: 60_000,
  });

/** Answers what may be done; `unknown` while it is not known, or where the cluster can't say all. */
export type May = (action: Action) => 'yes' | 'no' | 'unknown';

const RULES_STALE_MS = 30_000;

function useRules(client: KubeClient, namespace: string | undefined) {
  const place = namespace ?? 'default';
  return useQuery({
    queryKey: ['kube', client.clusterId, 'rules', place],
    queryFn: async ({ signal }) => {
      const { status } = await client.send<{
        readonly status: { readonly resourceRules?: readonly ReviewedRule[]; readonly incomplete?: boolean };
      }>({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectRulesReview',
          spec: { namespace: place },
        },
        signal,
      });
      return status;
    },
    staleTime: RULES_STALE_MS,
    refetchInterval: RULES_STALE_MS,
  }).data;
}

/** What the reader may do in a namespace, as the server says it. It decides what is offered, nothing else. */
export function useMay(client: KubeClient, namespace: string | undefined): May {
  const data = useRules(client, namespace);
  return useMemo(
    () => (action) => {
      if (data === undefined) return 'unknown';
      if (rulesAllow(data.resourceRules ?? [], action)) return 'yes';
      return data.incomplete === true ? 'unknown' : 'no';
    },
    [data],
  );
}

/** Opening a shell, as rules say it. */
export const SHELL = { verb: 'create', group: '', resource: 'pods', subresource: 'exec' } as const;

/** Whether a shell may be opened in a pod. Over WebSocket, older API servers ask for `get`, newer ones for `create`. */
export function mayShell(may: May, name: string): ReturnType<May> {
  const created = may({ ...SHELL, name });
  return created === 'no' ? may({ ...SHELL, verb: 'get', name }) : created;
}

/** Groups of reviews and tokens, which everybody may create and which make no object. */
const MAKES_NOTHING = new Set(['authorization.k8s.io', 'authentication.k8s.io']);

/** Whether the reader may make anything in a namespace. */
export function useMayCreate(client: KubeClient, namespace: string | undefined): ReturnType<May> {
  const data = useRules(client, namespace);
  if (data === undefined) return 'unknown';
  const makes = ({ verbs, apiGroups = [], resources = [] }: ReviewedRule) =>
    (verbs.includes('create') || verbs.includes('*')) &&
    apiGroups.some((group) => !MAKES_NOTHING.has(group)) &&
    resources.some((resource) => !resource.includes('/') || resource.startsWith('*'));
  if ((data.resourceRules ?? []).some(makes)) return 'yes';
  return data.incomplete === true ? 'unknown' : 'no';
}

const REQUESTABLE_STALE_MS = 60_000;

/**
 * The smallest role that the reader may ask for and that allows an action; `undefined` while it is not known, and `null` where
 * none can be asked for. Asked only for what is refused.
 */
export function useRequestableRole(
  { verb, group, resource, subresource }: Omit<Action, 'name'>,
  namespace: string | undefined,
  isRefused: boolean,
): string | null | undefined {
  const { api, organization } = useSignedIn();
  const { name: cluster } = useBrowsed();
  const request = {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(group !== '' && { apiGroup: group }),
    ...(namespace !== undefined && { namespace }),
  };
  const { data } = useQuery({
    queryKey: ['access', 'requestable-role', organization, cluster, request],
    queryFn: async ({ signal }) => {
      const { items } = await api.explainAccess({ organization, body: { cluster, requests: [request] } }, { signal });
      return items[0]?.requestable ?? [];
    },
    enabled: isRefused,
    staleTime: REQUESTABLE_STALE_MS,
  });
  return data === undefined ? undefined : (data[0] ?? null);
}
