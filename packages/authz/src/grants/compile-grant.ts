import type { GrantId, PrincipalId, RequestAttributes } from '@sallyport/core';
import { isDiscovery } from '../compile-scope.ts';
import type { Grant, GrantedObject } from '../policy.ts';
import type { Window } from './window.ts';

/** When a grant counts, and for what. */
export interface CompiledGrant extends Window {
  readonly id: GrantId;
  readonly principalId: PrincipalId;
  /** Present when it is narrowed to objects. */
  readonly objects?: GrantedObjects;
}

/** The objects that a grant is narrowed to. */
export interface GrantedObjects {
  /** Whether a request names one of them, or one of their subresources. */
  holds(attributes: RequestAttributes): boolean;
  /** Namespaces and names that they have, so that what is remembered tells them apart. */
  readonly namespaces: readonly string[];
  readonly names: readonly string[];
}

/** Makes the terms of a grant ready. Total: one whose instants can't be read never counts, and an object that can't holds nothing. */
export function compileGrantTerms({ id, principalId, startsAt, endsAt, objects }: Grant): CompiledGrant {
  const [startsAtMs, endsAtMs] = [timeOf(startsAt), timeOf(endsAt)];
  const isSound = startsAtMs !== undefined && endsAtMs !== undefined && startsAtMs < endsAtMs;
  return {
    id,
    principalId,
    startsAtMs: isSound ? startsAtMs : Number.NEGATIVE_INFINITY,
    endsAtMs: isSound ? endsAtMs : Number.NEGATIVE_INFINITY,
    ...(objects !== undefined && { objects: compileObjects(objects) }),
  };
}

function timeOf(instant: unknown): number | undefined {
  const time = instant instanceof Date ? instant.getTime() : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function compileObjects(listed: unknown): GrantedObjects {
  const objects = Array.isArray(listed) ? (listed as readonly unknown[]).filter(isObject) : [];
  return {
    holds(attributes) {
      // Which kinds there are is of no object and tells nothing of any; without it no client gets as far as one.
      if (attributes.kind === 'nonResource') return isDiscovery(attributes.verb, attributes.path);
      const { apiGroup, resource, name } = attributes;
      return objects.some(
        (one) =>
          one.name === name &&
          one.resource === resource &&
          (one.apiGroup ?? '') === apiGroup &&
          namespaceOf(one) === attributes.namespace,
      );
    },
    namespaces: objects.map(namespaceOf),
    names: objects.map(({ name }) => name),
  };
}

/** A namespace as an object is in itself, as kube-apiserver counts. */
export function namespaceOf({ apiGroup = '', resource, namespace, name }: GrantedObject): string {
  return namespace ?? (apiGroup === '' && resource === 'namespaces' ? name : '');
}

function isObject(value: unknown): value is GrantedObject {
  if (typeof value !== 'object' || value === null) return false;
  const { apiGroup, resource, namespace, name } = value as Readonly<Record<string, unknown>>;
  const isWord = (word: unknown) => typeof word === 'string' && word !== '';
  return (
    isWord(resource) &&
    isWord(name) &&
    (namespace === undefined || isWord(namespace)) &&
    (apiGroup === undefined || typeof apiGroup === 'string')
  );
}
