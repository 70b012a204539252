import { ApiProblemError } from '@sallyport/core/api';
import { formatYaml, parseYaml } from '@sallyport/core/yaml';
import type { AnyDocument, AnyResource } from '../../api/resource-calls.ts';

const API_VERSION = 'sallyport.dev/v1';

/** A document to begin with. */
export function newDocument(kind: string, spec: Readonly<Record<string, unknown>> = {}): AnyDocument {
  return { apiVersion: API_VERSION, kind, metadata: { name: '' }, spec };
}

/** What of a resource somebody may write. */
export function documentOf({ apiVersion, kind, metadata: { name, labels }, spec }: AnyResource): AnyDocument {
  return {
    apiVersion,
    kind,
    metadata: { name, ...(Object.keys(labels).length > 0 && { labels }) },
    spec,
  };
}

/** A document as text. */
export const documentText = (document: AnyDocument): string => formatYaml(document);

/**
 * Reads a document that was written as text.
 * @throws Error with one sentence when it is none of this kind
 */
export function readDocument(text: string, kind: string): AnyDocument {
  const value = parseYaml(text) as Partial<AnyDocument> | null;
  if (typeof value !== 'object' || value === null || value.kind !== kind)
    throw new Error(`This is no document of kind ${kind}.`);
  const { apiVersion = API_VERSION, metadata, spec = {} } = value;
  if (typeof metadata?.name !== 'string') throw new Error('The document has no metadata.name.');
  return { apiVersion, kind, metadata, spec };
}

/** Where the server says that a document is wrong, by path, e.g. `spec.role`. */
export function problemsOf(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiProblemError)) return {};
  return Object.fromEntries((error.problem.problems ?? []).map(({ path, message }) => [path, message]));
}
