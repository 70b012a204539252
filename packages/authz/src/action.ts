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
 *   HTTP method: no rule that reads ever opens a shell.
 * - an ephemeral container runs a program in somebody's pod, so `pods/ephemeralcontainers` needs `create pods/exec` too.
 */
export function requiredActions(attributes: RequestAttributes): readonly RequestAttributes[] {
  if (attributes.kind === 'nonResource') return [attributes];
  if (CONNECT_SUBRESOURCES.has(attributes.subresource)) {
    return [attributes.verb === 'create' ? attributes : { ...attributes, verb: 'create' }];
  }
  if (attributes.subresource === 'ephemeralcontainers') return [attributes, execOf(attributes)];
  return [attributes];
}

function execOf(attributes: ResourceAttributes): ResourceAttributes {
  return { ...attributes, verb: 'create', subresource: 'exec' };
}
