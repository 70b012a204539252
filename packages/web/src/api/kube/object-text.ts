import { formatYaml, parseYaml } from '@sallyport/core/yaml';

/** An object of a cluster, as far as a page knows it without its kind. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    readonly managedFields?: unknown;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly [other: string]: unknown;
}

/** An object as people read and edit it: without the bookkeeping of who set which field. */
export const objectText = (object: KubeObject): string => formatYaml(withoutManagers(object));

/** An object without the bookkeeping of who set which field. */
export function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What was edited, or why it is no object of this name and kind. */
export type Edited = { readonly object: KubeObject } | { readonly problem: string };

/** Reads an edited text. It must stay the object that it was: another name would be another object. */
export function readEdited(text: string, before: KubeObject): Edited {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    return { problem: error instanceof Error ? `This ${error.message}.` : 'This is not YAML.' };
  }
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<KubeObject>;
  const stays =
    apiVersion === before.apiVersion &&
    kind === before.kind &&
    metadata?.name === before.metadata.name &&
    metadata.namespace === before.metadata.namespace;
  if (stays) return { object: value as KubeObject };
  return { problem: `apiVersion, kind, name and namespace must stay those of ${before.kind} ${before.metadata.name}.` };
}
