import type { AuditChanges, ResourceAttributes } from '@sallyport/core';
import type { Admission } from '../admit.ts';

/** A write whose change is to be told. */
export interface PlannedWrite {
  readonly attributes: ResourceAttributes;
  readonly kept: Exclude<AuditChanges, 'off'>;
  /** Where the object stands as it is before the write; absent for what is created under a name that is not known. */
  readonly beforeTarget?: string;
  /** What the read of it is, in the words of decisions. */
  readonly beforeAttributes?: ResourceAttributes;
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);
const SUBRESOURCES: ReadonlySet<string> = new Set(['', 'scale', 'status']);

/** Groups and resources of requests that leave no object behind: questions and orders in the form of one. */
const FLEETING: ReadonlySet<string> = new Set(['authorization.k8s.io', 'authentication.k8s.io']);
const FLEETING_CORE: ReadonlySet<string> = new Set(['bindings', 'componentstatuses']);

/**
 * Which change a request may bring about that is to be told; `undefined` for reads, for writes that leave no object behind,
 * for tries (`dryRun`), and for writes to other subresources than `scale` and `status`.
 */
export function planWrite(admission: Admission, kept: AuditChanges): PlannedWrite | undefined {
  const { attributes, upgrade, target } = admission;
  if (kept === 'off' || upgrade !== undefined || attributes.kind !== 'resource') return undefined;
  const { verb, subresource, apiGroup, resource, name } = attributes;
  if (!WRITES.has(verb) || !SUBRESOURCES.has(subresource)) return undefined;
  if (FLEETING.has(apiGroup) || (apiGroup === '' && FLEETING_CORE.has(resource))) return undefined;
  const at = target.indexOf('?');
  if (at >= 0 && new URLSearchParams(target.slice(at)).has('dryRun')) return undefined;
  if (verb === 'create' || name === '') return { attributes, kept };
  // Reading `…/status` is a right of its own that few have; the object holds it too.
  const path = at < 0 ? target : target.slice(0, at);
  const isStatus = subresource === 'status';
  return {
    attributes,
    kept,
    beforeTarget: isStatus ? path.replace(/\/status\/?$/, '') : path,
    beforeAttributes: {
      ...attributes,
      verb: 'get',
      ...(isStatus && { subresource: '', path: attributes.path.replace(/\/status\/?$/, '') }),
    },
  };
}
