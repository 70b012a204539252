import { API_VERSION, type ResourceDocument } from '@sallyport/core/api';
import type { AnyResource } from './resource-client.ts';

/** What {@link toDocument} keeps. */
export interface DocumentOptions {
  /** Keeps the version, so that a change on top of another one is refused. Defaults to `false`. */
  readonly hasVersion?: boolean;
}

/** A resource as a person would have written it: without status and without what the server wrote into its metadata. */
export function toDocument(resource: AnyResource, { hasVersion = false }: DocumentOptions = {}): ResourceDocument {
  const { name, labels, resourceVersion } = resource.metadata;
  return {
    apiVersion: API_VERSION,
    kind: resource.kind,
    metadata: {
      name,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(hasVersion && { resourceVersion }),
    },
    spec: resource.spec,
  } as ResourceDocument;
}

/** Whether a resource comes with Sallyport or from its configuration, so that a document of it could not be applied. */
export function isReadOnly(resource: AnyResource): boolean {
  if (resource.kind === 'Role') return resource.status.isBuiltIn;
  if (resource.kind === 'IdentityProvider') return resource.status.isFromConfiguration;
  return false;
}
