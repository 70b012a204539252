import { parseYamlDocuments } from '@sallyport/core/yaml';

/** An object that somebody wrote to be made. */
export interface WrittenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly generateName?: string; readonly namespace?: string };
  readonly [other: string]: unknown;
}

/** Most objects that one text may hold. */
export const MAX_WRITTEN_OBJECTS = 100;

/** The objects of a text, or why it has none. */
export type ReadObjects = { readonly objects: readonly WrittenObject[] } | { readonly problem: string };

/** Reads the objects of a YAML text; those of a `List` count one by one. */
export function readObjects(text: string): ReadObjects {
  let documents: readonly unknown[];
  try {
    documents = parseYamlDocuments(text);
  } catch (error) {
    return { problem: error instanceof Error ? `This ${error.message}.` : 'This is not YAML.' };
  }
  const written = documents.flatMap((document) => {
    const { kind, items } = (document ?? {}) as { readonly kind?: unknown; readonly items?: unknown };
    return kind === 'List' && Array.isArray(items) ? (items as unknown[]) : [document];
  });
  if (written.length === 0) return { problem: 'There is no object in it yet.' };
  if (written.length > MAX_WRITTEN_OBJECTS) {
    return { problem: `It holds ${written.length} objects; at most ${MAX_WRITTEN_OBJECTS} are made at once.` };
  }
  const odd = written.findIndex((object) => !isWritten(object));
  if (odd >= 0) {
    const which = written.length === 1 ? 'It' : `Object ${odd + 1}`;
    return { problem: `${which} needs apiVersion, kind and metadata.name.` };
  }
  return { objects: (written as readonly WrittenObject[]).toSorted((a, b) => rank(a) - rank(b)) };
}

/** Others stand in namespaces and are of kinds that must be there before. */
const rank = ({ kind }: WrittenObject) => (kind === 'Namespace' ? 0 : kind === 'CustomResourceDefinition' ? 1 : 2);

function isWritten(object: unknown): object is WrittenObject {
  if (typeof object !== 'object' || object === null) return false;
  const { apiVersion, kind, metadata } = object as Record<string, unknown>;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false;
  if (typeof metadata !== 'object' || metadata === null) return false;
  const { name, generateName, namespace } = metadata as Record<string, unknown>;
  const isNamed = typeof name === 'string' || typeof generateName === 'string';
  return isNamed && (namespace === undefined || typeof namespace === 'string');
}
