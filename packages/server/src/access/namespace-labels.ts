import { type Clock, type ClusterId, systemClock } from '@sallyport/core';

/** Labels by namespace, as one look at a cluster found them. */
export type LabelsByNamespace = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What is known of the labels of namespaces, for scopes that select by them. */
export interface NamespaceLabels {
  /**
   * Labels of a namespace; `undefined` when it is not known, when the cluster has no such namespace, and when the last look
   * was too long ago to be believed.
   */
  of(clusterId: ClusterId, namespace: string): Readonly<Record<string, string>> | undefined;
  /** All namespaces of a cluster with their labels; `undefined` when that is not known, or no longer to be believed. */
  all(clusterId: ClusterId): LabelsByNamespace | undefined;
  /** Replaces what is known of a cluster by a look that began at `at` (as of {@link Clock.monotonicMs}). */
  put(clusterId: ClusterId, labels: LabelsByNamespace, at: number): void;
}

/** How labels of namespaces are kept. */
export interface NamespaceLabelLimits {
  /** How long a look at a cluster is believed, in milliseconds. Default 120,000: four looks may fail in a row. */
  readonly maxAgeMs?: number;
  /** Most namespaces of one cluster whose labels are kept. Default 20,000: beyond, none of that cluster's are known. */
  readonly maxNamespaces?: number;
}

/**
 * Makes an empty store. It is in memory, one for each server: what a server has not seen itself it does not know, and a
 * selector over labels that are not known reaches nothing.
 */
export function createNamespaceLabels(
  options: NamespaceLabelLimits & { readonly clock?: Clock } = {},
): NamespaceLabels {
  const { maxAgeMs = 120_000, maxNamespaces = 20_000, clock = systemClock } = options;
  const looks = new Map<ClusterId, { readonly labels: LabelsByNamespace; readonly at: number }>();
  const all = (clusterId: ClusterId): LabelsByNamespace | undefined => {
    const look = looks.get(clusterId);
    return look === undefined || clock.monotonicMs() - look.at > maxAgeMs ? undefined : look.labels;
  };
  return {
    of: (clusterId, namespace) => all(clusterId)?.get(namespace),
    all,
    put(clusterId, labels, at) {
      if (labels.size > maxNamespaces) looks.delete(clusterId);
      else looks.set(clusterId, { labels, at });
    },
  };
}
