import type { ResourceAttributes } from '@sallyport/core';
import { isJson, type Json, valuesNamed } from './json.ts';

/**
 * How an object contradicts the URL that it was sent to, as one phrase; `undefined` when it doesn't. What it leaves out is no
 * contradiction, since kube-apiserver fills that in from the URL, and neither is `generateName`, nor a name where the URL has
 * none to compare with (POST). Only for bodies that are of the URL's own kind: those of subresources are of others.
 */
export function findContradiction(object: unknown, attributes: ResourceAttributes): string | undefined {
  const { apiGroup, apiVersion, resource, namespace, name } = attributes;
  if (!isJson(object)) return 'the body is no object';
  const version = apiGroup === '' ? apiVersion : `${apiGroup}/${apiVersion}`;
  return (
    differs(object, 'apiversion', version, 'the API version') ??
    kindProblem(object, attributes) ??
    metadataOf(object)
      .map(
        (metadata) =>
          differs(metadata, 'namespace', namespace, 'the namespace') ??
          // A POST names the collection.
          (name === '' ? undefined : differs(metadata, 'name', name, `the name of the ${resource}`)),
      )
      .find((problem) => problem !== undefined)
  );
}

/** Whether a PUT of the object may bring it into being: nothing in it says that it was there before. */
export function isWithoutVersion(object: unknown): boolean {
  const versions = metadataOf(object).flatMap((metadata) => valuesNamed(metadata, 'resourceversion'));
  return !versions.some((version) => typeof version === 'string' && version !== '' && version !== '0');
}

function metadataOf(object: unknown): readonly unknown[] {
  return valuesNamed(object, 'metadata');
}

function differs(object: unknown, folded: string, expected: string, what: string): string | undefined {
  for (const value of valuesNamed(object, folded)) {
    if (value === undefined || value === null || value === '' || value === expected) continue;
    const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 128)) : 'no text';
    return `${what} in the body is ${shown}, in the URL ${expected === '' ? 'there is none' : `it is ${JSON.stringify(expected)}`}`;
  }
  return undefined;
}

/** Groups that kube-apiserver itself serves. There the plural is made from the kind by rule; elsewhere it is anything. */
const OWN_GROUPS =
  /^(?:|apps|autoscaling|batch|extensions|policy|(?:admissionregistration|apiextensions|authentication|rbac\.authorization|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|scheduling|storage)\.k8s\.io)$/;

function kindProblem(object: Json, { apiGroup, resource }: ResourceAttributes): string | undefined {
  for (const kind of valuesNamed(object, 'kind')) {
    if (kind === undefined || kind === null || kind === '') continue;
    if (typeof kind !== 'string') return 'the kind in the body is no text';
    if (!OWN_GROUPS.test(apiGroup)) continue;
    const word = kind.toLowerCase();
    if (![word, `${word}s`, `${word}es`, `${word.slice(0, -1)}ies`].includes(resource)) {
      return `the kind in the body is ${JSON.stringify(kind.slice(0, 64))}, in the URL it is that of ${resource}`;
    }
  }
  return undefined;
}
