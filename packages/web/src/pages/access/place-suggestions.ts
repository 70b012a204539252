import { useQuery } from '@tanstack/react-query';
import { may } from '../../app/capabilities.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { clustersQuery, inventoryQuery } from '../../parts/clusters/queries.ts';
import { placeOf } from '../../parts/place-words.ts';
import type { Suggestion } from '../../ui/combobox.tsx';
import type { Requestable } from './request-draft.ts';

type Scope = Requestable['scope'];

/**
 * Clusters and namespaces that can be meant: those that the reader sees, and those that request policies and their own grants name. Who
 * sees no cluster is asked nothing about one.
 */
export function usePlaceSuggestions(cluster: string, choices: readonly Requestable[]) {
  const { api, organization, me } = useSignedIn();
  const mayRead = may(me, 'clusters.read');
  const grants = me?.grants ?? [];
  const seesClusters = mayRead || grants.length > 0;
  const clusters = useQuery({ ...clustersQuery(api, organization), enabled: seesClusters });
  const isKnown = clusters.data?.some(({ metadata }) => metadata.name === cluster) === true;
  const inventory = useQuery({
    ...inventoryQuery(api, organization, cluster),
    enabled: mayRead && isKnown,
    retry: false,
  });
  const scopes = [...choices, ...grants].map(({ scope }) => scope);
  return {
    clusters: merged([
      ...(clusters.data ?? []).map(({ metadata, spec }) => ({ value: metadata.name, note: spec.environment })),
      ...scopes.flatMap(clustersIn).map((value) => ({ value })),
    ]),
    namespaces: merged([
      ...(inventory.data?.namespaces ?? []).map(({ name }) => ({ value: name })),
      ...scopes
        .filter((scope) => clustersIn(scope).includes(cluster))
        .flatMap(namespacesIn)
        .map((value) => ({ value })),
    ]),
  };
}

const clustersIn = (scope: Scope): readonly string[] => (scope.kind === 'clusters' ? scope.clusters : []);
const namespacesIn = (scope: Scope): readonly string[] =>
  scope.kind === 'clusters' && scope.namespaces !== undefined && 'names' in scope.namespaces ? placeOf(scope).in : [];

/** The first of each value stays. */
function merged(all: readonly { readonly value: string; readonly note?: string | undefined }[]): readonly Suggestion[] {
  return [...new Map(all.toReversed().map((one) => [one.value, one])).values()].sort((a, b) =>
    a.value < b.value ? -1 : 1,
  );
}
