import type { Allow, Deny } from '@sallyport/authz';
import {
  type Cluster,
  type DecisionId,
  isCodedError,
  parseRequestAttributes,
  type RequestAttributes,
} from '@sallyport/core';
import type { Snapshot } from '../snapshot.ts';
import { type ActAsNames, readActAs } from './act-as.ts';
import type { Authenticated } from './authenticate.ts';
import type { Question } from './decide.ts';
import { readUpgrade, type Upgrade } from './headers.ts';
import type { Location } from './locate.ts';
import type { Refusal } from './refusal.ts';
import type { ProxyRequest } from './request.ts';
import type { RequestTrace } from './trace.ts';

/** What is known of a request by the time it is decided; grows stage by stage, and audit records what there is. */
export interface Facts {
  readonly requestId: DecisionId;
  readonly trace: RequestTrace;
  readonly request: ProxyRequest;
  readonly location?: Location;
  readonly who?: Authenticated;
  readonly attributes?: RequestAttributes;
  readonly upgrade?: Upgrade;
  /** What was asked of the authorizer: mostly the request itself. */
  readonly question?: Question;
  readonly decision?: Allow | Deny;
  /** Lets go of a body that was read to decide; whoever serves the request calls it at the end. */
  readonly releaseBody?: () => void;
}

/** A request that is understood and can be decided on. */
export interface Asked extends Facts {
  readonly who: Authenticated;
  readonly attributes: RequestAttributes;
  readonly question: Question;
  /** Canonical path and query for kube-apiserver: exactly what is decided on. */
  readonly target: string;
}

/** A request that may go upstream: only this can build an upstream request. */
export interface Admission extends Asked {
  readonly decision: Allow;
}

/** A request that is refused, with what was known of it. */
export interface Refused {
  readonly facts: Facts;
  readonly refusal: Refusal;
}

/** What a request asks for, or why it has no single reading. */
export type Reading =
  | {
      readonly attributes: RequestAttributes;
      readonly target: string;
      readonly upgrade: Upgrade | undefined;
      readonly actAs: ActAsNames | undefined;
    }
  | Refusal;

/** Subresources that stream by switching protocols. */
const STREAMING = new Set(['exec', 'attach', 'portforward', 'proxy']);

/** Subresources that answer with whatever a pod says: in a browser, that could be a page or a script. */
const NOT_FOR_PAGES = new Set(['proxy', 'portforward']);

/** Reads what a request asks for. `target` is the one without our own prefix. */
export function readRequest(request: ProxyRequest, target: string): Reading {
  const actAs = readActAs(request.headers);
  if (actAs !== undefined && 'code' in actAs) return actAs;
  let attributes: RequestAttributes;
  try {
    attributes = parseRequestAttributes(request.method, target);
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'ERR_REQUEST_AMBIGUOUS') throw error;
    return { code: 'ERR_PROXY_REQUEST_AMBIGUOUS', message: `the request has no single reading: ${error.message}.` };
  }
  if (request.channel === 'web' && attributes.kind === 'resource' && NOT_FOR_PAGES.has(attributes.subresource)) {
    return {
      code: 'ERR_PROXY_NOT_FOR_BROWSERS',
      message: `no page of the web UI is given ${attributes.resource}/${attributes.subresource}. Use kubectl for that.`,
    };
  }
  const upgrade = readUpgrade(request.headers);
  if (upgrade !== undefined && !mayUpgrade(attributes, request.method, upgrade)) {
    return {
      code: 'ERR_PROXY_UPGRADE_REFUSED',
      message:
        'only exec, attach, port-forward, log, watch and the proxy of a pod or service can switch protocols, to websocket or SPDY/3.1.',
    };
  }
  // What was read goes upstream byte for byte: the parser refuses whatever a second reader could read differently.
  return { attributes, target, upgrade: upgrade as Upgrade | undefined, actAs };
}

/** WebSocket also carries logs and watches; they are decided as what they are, not as "an upgrade". */
function mayUpgrade(attributes: RequestAttributes, method: string, upgrade: Upgrade | 'refused'): boolean {
  if (upgrade === 'refused' || attributes.kind !== 'resource') return false;
  if (upgrade === 'websocket' && method !== 'GET') return false;
  // What a node opens by its own API is a terminal in any of its pods that nobody could record (SEC-C09).
  if (attributes.resource === 'nodes') return false;
  if (STREAMING.has(attributes.subresource)) return true;
  return upgrade === 'websocket' && (attributes.verb === 'watch' || attributes.subresource === 'log');
}

/** The sentence for a cluster that is not there, or is not the caller's: both answer alike. */
export function unknownCluster(location: Location): Refusal {
  return {
    code: 'ERR_PROXY_CLUSTER_UNKNOWN',
    message: `there is no cluster "${location.clusterName}" in organization "${location.organizationName}" that this credential is for. Run \`sallyport kube list\` to see the clusters.`,
  };
}

/** Whether a location and the cluster of a credential are the same. */
export function locationMatches(snapshot: Snapshot, location: Location, cluster: Cluster): boolean {
  return snapshot.findCluster(location.organizationName, location.clusterName)?.id === cluster.id;
}
