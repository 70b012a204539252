import { API_VERSION, type KindName, type KindResource } from '@sallyport/core/api';
import type { Kept, ResourceDefinition, Viewing } from './definition.ts';

/** A record in the form in which REST, command line and files have it. */
export function describeResource<Kind extends KindName>(
  definition: ResourceDefinition<Kind>,
  kept: Kept<Kind>,
  viewing: Viewing,
): KindResource<Kind> {
  const { id, labels, resourceVersion, createdAt, updatedAt } = kept;
  return {
    apiVersion: API_VERSION,
    kind: definition.kind,
    metadata: {
      id,
      name: definition.nameOf(kept),
      labels: { ...labels },
      resourceVersion: String(resourceVersion),
      createdAt,
      updatedAt,
    },
    ...definition.describe(kept, viewing),
  } as KindResource<Kind>;
}
