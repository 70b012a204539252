import { type BindingObject, EXPIRES_ANNOTATION, isKept, versionOf } from './access-objects.ts';

/** One change to the cluster. */
export type AccessStep =
  | { readonly kind: 'create'; readonly object: BindingObject }
  | { readonly kind: 'replace'; readonly object: BindingObject; readonly found: BindingObject }
  | { readonly kind: 'remove'; readonly found: BindingObject };

/** What has to be done for the cluster to be as it should be. */
export interface AccessPlan {
  readonly steps: readonly AccessStep[];
  /** Objects that have our names and not our labels. They are left alone. */
  readonly foreign: readonly BindingObject[];
  /** Objects that differ and that somebody made from a newer version than ours. They are left for now. */
  readonly newer: readonly BindingObject[];
}

/** What {@link planAccess} compares. */
export interface AccessComparison {
  readonly desired: readonly BindingObject[];
  readonly found: readonly BindingObject[];
  readonly ownerName: string;
  /**
   * Version that `desired` was made from: what another replica of the agent made from a newer one is left to it. Absent: nothing is.
   */
  readonly version?: number;
}

/** Compares what is to be there with what is. What somebody else changed in between is changed back like anything that differs. */
export function planAccess({ desired, found, ownerName, version }: AccessComparison): AccessPlan {
  const steps: AccessStep[] = [];
  const foreign: BindingObject[] = [];
  const newer: BindingObject[] = [];
  const wanted = new Map(desired.map((object) => [placeOf(object), object]));
  for (const object of found) {
    const place = placeOf(object);
    const target = wanted.get(place);
    wanted.delete(place);
    if (!isKept(object, ownerName)) foreign.push(object);
    else if (target !== undefined && isSame(object, target)) continue;
    else if (version !== undefined && versionOf(object) > version) newer.push(object);
    else if (target === undefined) steps.push({ kind: 'remove', found: object });
    else if (object.roleRef.kind === target.roleRef.kind && object.roleRef.name === target.roleRef.name) {
      steps.push({ kind: 'replace', object: target, found: object });
      // What a binding refers to can't be changed.
    } else steps.push({ kind: 'remove', found: object }, { kind: 'create', object: target });
  }
  for (const object of wanted.values()) steps.push({ kind: 'create', object });
  return { steps, foreign, newer };
}

/** Where an object is, for maps and for sentences. */
export function placeOf({ kind, metadata }: BindingObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}

function isSame(found: BindingObject, target: BindingObject): boolean {
  return essenceOf(found) === essenceOf(target) && hasLabels(found, target);
}

/** Everything that decides who may do what, and until when. */
function essenceOf({ roleRef, subjects, metadata }: BindingObject): string {
  return JSON.stringify([
    roleRef.apiGroup,
    roleRef.kind,
    roleRef.name,
    (subjects ?? []).map(({ kind, apiGroup, name, namespace }) => [kind, apiGroup ?? '', namespace ?? '', name]),
    metadata.annotations?.[EXPIRES_ANNOTATION],
  ]);
}

function hasLabels({ metadata }: BindingObject, target: BindingObject): boolean {
  return Object.entries(target.metadata.labels ?? {}).every(([label, value]) => metadata.labels?.[label] === value);
}
