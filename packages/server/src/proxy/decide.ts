import type { AccessQuery, Allow, Deny, Obligation } from '@sallyport/authz';
import type { RequestAttributes } from '@sallyport/core';
import { effectiveSettings } from '../access/effective-settings.ts';
import type { NamespaceLabels } from '../access/namespace-labels.ts';
import { requestOrigin } from '../access/request-origin.ts';
import type { Snapshot } from '../snapshot.ts';
import { inMode, upstreamModeOf } from '../upstream-access/upstream-mode.ts';
import type { Admission } from './admit.ts';
import { type Authenticated, lookUpLive } from './authenticate.ts';
import type { Refusal } from './refusal.ts';
import type { ProxyRequest } from './request.ts';

/** Asks the authorizer of a snapshot about requests. */
export interface Decider {
  decide(
    snapshot: Snapshot,
    who: Authenticated,
    request: ProxyRequest,
    attributes: RequestAttributes,
    at: Date,
  ): Allow | Deny;
  /**
   * Decides an admitted request again on a later snapshot: the live records behind its credential, then the policy. What it
   * may act as and what is demanded of it must not have changed either, since the open stream goes on as it began.
   */
  recheck(admission: Admission, snapshot: Snapshot, at: Date): Refusal | undefined;
}

/** Makes a decider that knows the labels of namespaces as `namespaceLabels` does. */
export function createDecider(namespaceLabels: NamespaceLabels): Decider {
  const decide: Decider['decide'] = (snapshot, who, request, attributes, at) => {
    const { principal, cluster, session } = who;
    const settings = effectiveSettings(snapshot, principal, cluster);
    const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
    const labels = namespace === '' ? undefined : namespaceLabels.of(cluster.id, namespace);
    const query: AccessQuery = {
      principal,
      ...(session && { loginSessionId: session.id }),
      cluster,
      attributes,
      at,
      ...(labels && { namespaceLabels: labels }),
      ...(settings && {
        settings,
        origin: requestOrigin(snapshot, settings, {
          channel: request.channel ?? 'kubectl',
          principalId: principal.id,
          address: request.peerAddress,
          at,
        }),
      }),
    };
    return inMode(snapshot.authorize(query), upstreamModeOf(snapshot, cluster.id));
  };

  return {
    decide,
    recheck(admission, snapshot, at) {
      const who = lookUpLive(admission.who.credential, snapshot, at);
      if ('code' in who) return ended(`access has ended: ${who.message}`);
      const decision = decide(snapshot, who, admission.request, admission.attributes, at);
      if (decision.effect === 'deny') return ended(`access has ended: ${denial(decision).message}`);
      if (basisOf(decision) !== basisOf(admission.decision)) return ended('access has changed. Run the command again.');
      return undefined;
    },
  };
}

/** The refusal that a deny turns into: one sentence with every reason, and what could be asked for. */
export function denial(decision: Deny): Refusal {
  return { code: 'ERR_PROXY_DENIED', message: decision.reasons.map((reason) => reason.message).join('; ') };
}

/** Terms of an allow that the stages after this one keep. */
const KEPT: ReadonlySet<Obligation['kind']> = new Set([]);

/** The refusal of a request that is allowed on terms which this server can't keep. Without terms there is none. */
export function unmetObligation(obligations: readonly Obligation[]): Refusal | undefined {
  const unmet = obligations.find(({ kind }) => !KEPT.has(kind));
  switch (unmet?.kind) {
    case undefined:
      return undefined;
    case 'record':
      return {
        code: 'ERR_PROXY_RECORDING_UNAVAILABLE',
        message:
          'terminals must be recorded here, and this server does not record them, so exec and attach do not run. ' +
          'Ask an administrator about the setting requireRecording.',
      };
    default:
      throw new Error(`nothing keeps the obligation ${unmet?.kind}`);
  }
}

function ended(message: string): Refusal {
  return { code: 'ERR_PROXY_ACCESS_ENDED', message };
}

function basisOf({ impersonate, obligations }: Allow): string {
  return JSON.stringify([impersonate, obligations]);
}
