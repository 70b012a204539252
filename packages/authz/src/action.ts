import type { RequestAttributes, ResourceAttributes } from '@sallyport/core';

// Each of these opens a channel or hands out a secret. kube-apiserver reads them as `get` or `create` depending on the
// method and the transport (a WebSocket exec is a GET, its SPDY twin a POST); here the transport decides nothing.
const CONNECT_SUBRESOURCES: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'portforward',
  'proxy',
  'token',
  'console',
  'vnc',
]);

/**
 * What rules have to cover for a request to pass, all of it by one role. Mostly the request itself. Differences:
 *
 * - exec, attach, portforward, proxy, token (and the consoles of virtual machines) are the verb `create`, whatever the
 *   HTTP method: no rule that reads ever opens a shell. The legacy prefix `/proxy/` is the subresource of that name.
 * - an ephemeral container runs a program in somebody's pod, so `pods/ephemeralcontainers` needs `create pods/exec` too.
 */
export function requiredActions(attributes: RequestAttributes): readonly RequestAttributes[] {
  if (attributes.kind === 'nonResource') return [attributes];
  if (attributes.verb === 'proxy') return [{ ...attributes, verb: 'create', subresource: 'proxy' }];
  if (CONNECT_SUBRESOURCES.has(attributes.subresource)) {
    return [attributes.verb === 'create' ? attributes : { ...attributes, verb: 'create' }];
  }
  if (attributes.subresource === 'ephemeralcontainers') return [attributes, execOf(attributes)];
  return [attributes];
}

/** Something that a request does, as deny rules see it. */
export interface DeniableAction {
  readonly action: RequestAttributes;
  /** Whether it can be about any object of any namespace, although the request names none. */
  readonly isAnywhere?: true;
}

/**
 * What a policy may deny of a request; one of these denied is the request denied. Besides {@link requiredActions} the request
 * as kube-apiserver reads it, the deletion of each object of a collection, and what the kubelet behind `nodes/proxy` can be
 * told to do: its API opens shells in all of its pods.
 */
export function deniableActions(
  attributes: RequestAttributes,
  required: readonly RequestAttributes[],
): readonly DeniableAction[] {
  const actions: DeniableAction[] = required.map((action) => ({ action }));
  if (attributes.kind === 'nonResource') return actions;
  if (!required.includes(attributes)) actions.push({ action: attributes });
  if (attributes.verb === 'deletecollection') {
    actions.push({ action: { ...attributes, verb: 'delete' }, isAnywhere: true });
  }
  if (
    attributes.resource === 'nodes' &&
    required.some((one) => one.kind === 'resource' && one.subresource === 'proxy')
  ) {
    for (const subresource of ['exec', 'attach', 'portforward']) {
      const action = { ...attributes, verb: 'create', resource: 'pods', subresource, namespace: '', name: '' };
      actions.push({ action, isAnywhere: true });
    }
  }
  return actions;
}

function execOf(attributes: ResourceAttributes): ResourceAttributes {
  return { ...attributes, verb: 'create', subresource: 'exec' };
}
