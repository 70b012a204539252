import type { ActionClass } from './credentials/types.ts';
import type { RequestAttributes } from './request-attributes.ts';

const STREAMING: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);
const CONNECTING: ReadonlySet<string> = new Set([...STREAMING, 'proxy']);
const READ_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const READ_METHODS: ReadonlySet<string> = new Set(['get', 'head']);

/**
 * Whether the request opens a session with a pod: exec, attach or port-forward, by whatever method. Such a request is of
 * use only when it is upgraded. `proxy` is not one: it carries plain requests and may be upgraded.
 */
export function isStreamingRequest(attributes: RequestAttributes): boolean {
  return attributes.kind === 'resource' && STREAMING.has(attributes.subresource);
}

/**
 * Which class of action a request is, as capabilities and audit delivery tell them apart.
 *
 * `connect`: exec, attach, portforward and proxy of any resource by any method, the legacy `/proxy/` prefix, and every
 * upgrade (an upgraded connection is a two-way pipe, whatever it was opened for). They reach past the API server, so the
 * verb says nothing about what they can do. `read`: get, list and watch, and GET or HEAD of other paths. `write`: the rest,
 * unknown methods too.
 *
 * Log and watch over WebSocket are `connect` here; whether they are allowed is still decided by resource and verb.
 */
export function actionClassOf(attributes: RequestAttributes, isUpgrade: boolean): ActionClass {
  if (isUpgrade) return 'connect';
  if (attributes.kind === 'nonResource') return READ_METHODS.has(attributes.verb) ? 'read' : 'write';
  if (attributes.verb === 'proxy' || CONNECTING.has(attributes.subresource)) return 'connect';
  return READ_VERBS.has(attributes.verb) ? 'read' : 'write';
}
