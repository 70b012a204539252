import type { RequestContent } from '@sallyport/authz';
import { foldName, valuesNamed } from './json.ts';
import type { PatchOperation } from './json-patch.ts';
import { podFieldCheck } from './pod-fields.ts';

/** Privileges that a body needs, each with where it says so. */
export type NeededPrivileges = RequestContent['privileges'];

/** What is looked for besides the fields of pods. */
export interface PrivilegeScan {
  /** The body is, or changes, a PersistentVolume: one on a path of the node reaches as far as a hostPath. */
  readonly isVolume: boolean;
  /** The body is, or changes, a Secret. */
  readonly isSecret: boolean;
}

/** Type of a Secret that the cluster fills with a token without an end. */
const TOKEN_SECRET = 'kubernetes.io/service-account-token';
/** So many places are named for each privilege; nobody reads more in one sentence. */
const MAX_PLACES = 3;

/**
 * Looks through a whole body for what needs a privilege, by the names of fields and wherever they stand: in a pod, in the
 * template of a workload, in the items of a List, in a custom resource that holds a pod. Names count in any case. Text that
 * holds a manifest (the data of a ConfigMap, the values of a chart) is not read: whoever makes pods of it needs the right.
 *
 * That a body names a node (`nodeName`) needs none: it says where a pod runs, not what it may do there.
 */
export function findPrivileges(body: unknown, scan: PrivilegeScan): NeededPrivileges {
  const found: NeededPrivileges[number][] = [];
  walk(body, '', scan, found);
  return found;
}

/**
 * The same for a JSON Patch. A path is read as the object that it leads through, so that a value counts as it would in its
 * place. What `copy` and `move` write is not known: they count when a watched field is on the way to or from it.
 */
export function findPatchPrivileges(operations: readonly PatchOperation[], scan: PrivilegeScan): NeededPrivileges {
  const found: NeededPrivileges[number][] = [];
  for (const { path, writes } of operations) {
    if ('value' in writes) {
      const nested = path.reduceRight<unknown>((value, token) => ({ [token]: value }), writes.value);
      walk(nested, '', scan, found);
    } else {
      for (const tokens of [path, writes.from]) {
        const at = tokens.findIndex((token) => podFieldCheck(token) !== undefined || isLocal(token, scan));
        if (at >= 0) add(found, 'privilegedPods', pathText(tokens));
        if (scan.isSecret && foldName(tokens.at(-1) ?? '') === 'type')
          add(found, 'serviceAccountTokens', pathText(tokens));
      }
    }
  }
  return found;
}

function walk(value: unknown, at: string, scan: PrivilegeScan, found: NeededPrivileges[number][]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, `${at}[${index}]`, scan, found);
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    const here = below(at, name);
    const detail = podFieldCheck(name)?.(inner);
    if (detail !== undefined) add(found, 'privilegedPods', here + detail);
    else if (isLocal(name, scan) && valuesNamed(inner, 'path').length > 0) add(found, 'privilegedPods', here);
    if (inner === TOKEN_SECRET && foldName(name) === 'type') add(found, 'serviceAccountTokens', here);
    walk(inner, here, scan, found);
  }
}

function isLocal(name: string, { isVolume }: PrivilegeScan): boolean {
  return isVolume && foldName(name) === 'local';
}

function add(found: NeededPrivileges[number][], privilege: NeededPrivileges[number]['privilege'], at: string): void {
  if (found.filter((one) => one.privilege === privilege).length < MAX_PLACES) found.push({ privilege, at });
}

function pathText(tokens: readonly string[]): string {
  return tokens.reduce(below, '');
}

function below(at: string, name: string): string {
  if (/^(?:\d+|-)$/.test(name)) return `${at}[${name}]`;
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  return at === '' ? shown : `${at}.${shown}`;
}
