import type { KindResource } from '@sallyport/core/api';

/** Whether each word of a text stands in what a cluster is called and labelled. */
export function matchesCluster({ metadata, spec }: KindResource<'Cluster'>, text: string): boolean {
  const { name, labels = {} } = metadata;
  const words = [name, spec.project, spec.location, spec.environment, spec.description];
  const all = [...words, ...Object.entries(labels).map((pair) => pair.join('='))].join('\n').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
