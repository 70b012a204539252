import type { Privilege, RequestAttributes, ResourceAttributes } from '@sallyport/core';

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const DELETES: ReadonlySet<string> = new Set(['delete', 'deletecollection']);

/** Groups whose roles and bindings say who may do what. That of OpenShift writes through to RBAC. */
export const RBAC_GROUPS: ReadonlySet<string> = new Set(['rbac.authorization.k8s.io', 'authorization.openshift.io']);

const NONE: readonly Privilege[] = [];

/**
 * Privileges that an action needs whatever its body says, `action` being one of `requiredActions`. The verbs bind, escalate,
 * approve, sign and impersonate are no requests of their own: they come up in reviews of access, and when somebody asks to
 * act as somebody else.
 */
export function neededPrivileges(action: RequestAttributes): readonly Privilege[] {
  return action.kind === 'resource' ? privilegesOf(action) : NONE;
}

function privilegesOf({ verb, apiGroup, resource, subresource }: ResourceAttributes): readonly Privilege[] {
  if (isImpersonation(verb)) return ['impersonation'];
  if (verb === 'bind' || verb === 'escalate') return ['rbac'];
  if (RBAC_GROUPS.has(apiGroup)) return READS.has(verb) ? NONE : ['rbac'];
  if (apiGroup === 'certificates.k8s.io') return READS.has(verb) || DELETES.has(verb) ? NONE : ['certificates'];
  if (apiGroup !== '') return NONE;
  if (resource === 'serviceaccounts' && subresource === 'token') return ['serviceAccountTokens'];
  if (resource === 'nodes' && subresource === 'proxy') return ['nodeProxy'];
  return NONE;
}

/** `impersonate`, and the verbs of constrained impersonation (`impersonate:user-info`, `impersonate-on:…`). */
export function isImpersonation(verb: string): boolean {
  return verb.startsWith('impersonate');
}
