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

/** What the reader may do in a namespace, as the server says it. It decides what is offered, nothing else. */
export function useMay(client: KubeClient, namespace: string | undefined): May {
  const place = namespace ?? 'default';
  const { data } = useQuery({
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
  });
  return useMemo(
    () => (action) => {
      if (data === undefined) return 'unknown';
      if (rulesAllow(data.resourceRules ?? [], action)) return 'yes';
      return data.incomplete === true ? 'unknown' : 'no';
    },
    [data],
  );
}

/** Whether a shell may be opened in a pod. Over WebSocket, older API servers ask for `get`, newer ones for `create`. */
export function mayShell(may: May, name: string): ReturnType<May> {
  const exec = { group: '', resource: 'pods', subresource: 'exec', name };
  const created = may({ ...exec, verb: 'create' });
  return created === 'no' ? may({ ...exec, verb: 'get' }) : created;
}
