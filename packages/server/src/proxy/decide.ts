import {
  type AccessQuery,
  type Allow,
  type Deny,
  type Obligation,
  type RequestContent,
  requestableBeyond,
} from '@sallyport/authz';
import type { RequestAttributes } from '@sallyport/core';
import { authenticationOf } from '../access/authentication-facts.ts';
import { effectiveSettings } from '../access/effective-settings.ts';
import type { NamespaceLabels } from '../access/namespace-labels.ts';
import { requestOrigin } from '../access/request-origin.ts';
import type { Snapshot } from '../snapshot.ts';
import { inMode, upstreamModeOf } from '../upstream-access/upstream-mode.ts';
import { type ActAsNames, resolveActAs } from './act-as.ts';
import type { Admission } from './admit.ts';
import type { Authenticated } from './authenticate.ts';
import type { Refusal } from './refusal.ts';
import type { ProxyRequest } from './request.ts';
import { waysToAsk } from './ways-to-ask.ts';

/** What is asked of the authorizer about one request. */
export interface Question {
  readonly attributes: RequestAttributes;
  /** What the body says, once it was asked for. */
  readonly content?: RequestContent;
  /** Whom the caller wants to be. */
  readonly actAs?: ActAsNames;
  /**
   * The question is what would be allowed, so none of the terms apply to the answer. `access`: of one action. `rules`: of any,
   * and the attributes are those of the review itself.
   */
  readonly isReview?: 'access' | 'rules';
}

/** Asks the authorizer of a snapshot about requests. */
export interface Decider {
  decide(snapshot: Snapshot, who: Authenticated, request: ProxyRequest, question: Question, at: Date): Allow | Deny;
  /** What the authorizer is asked. */
  query(snapshot: Snapshot, who: Authenticated, request: ProxyRequest, question: Question, at: Date): AccessQuery;
  /** {@link denial} with the ways to ask for what was denied. */
  explain(decision: Deny, who: Authenticated, attributes: RequestAttributes): Refusal;
  /** The ways to ask for what was allowed here and is beyond the ceiling that the cluster holds the request to. */
  waysBeyond(admission: Admission, snapshot: Snapshot, at: Date): readonly string[];
}

/**
 * Makes a decider that knows the labels of namespaces as `namespaceLabels` does.
 * @param publicUrl address of the pages where access is asked for; absent: denials name commands only
 */
export function createDecider(namespaceLabels: NamespaceLabels, publicUrl?: string): Decider {
  const query: Decider['query'] = (snapshot, who, request, { attributes, content, actAs }, at) => {
    const { principal, cluster, session } = who;
    const settings = effectiveSettings(snapshot, principal, cluster);
    const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
    const labels = namespace === '' ? undefined : namespaceLabels.of(cluster.id, namespace);
    const project = cluster.projectId === undefined ? undefined : snapshot.projects.get(cluster.projectId);
    return {
      principal,
      ...(project && { projectName: project.name }),
      ...(session && { loginSessionId: session.id, authentication: authenticationOf(session) }),
      cluster,
      attributes,
      at,
      ...(labels && { namespaceLabels: labels }),
      ...(settings && { settings }),
      origin: requestOrigin(snapshot, {
        channel: request.channel ?? 'kubectl',
        principalId: principal.id,
        address: request.peerAddress,
        at,
      }),
      ...(content && { content }),
      ...(actAs && { actAs: resolveActAs(actAs, snapshot, principal.organizationId) }),
    };
  };

  const decide: Decider['decide'] = (snapshot, who, request, question, at) => {
    const decision = snapshot.authorize(query(snapshot, who, request, question, at));
    return inMode(decision, upstreamModeOf(snapshot, who.cluster.id));
  };

  return {
    decide,
    query,
    explain(decision, { cluster }, attributes) {
      const advice = waysToAsk(decision.requestable, { cluster: cluster.name, attributes }, publicUrl);
      return { ...denial(decision), ...(advice.length > 0 && { advice }) };
    },
    waysBeyond({ who, request, question }, snapshot, at) {
      // Whoever acts as somebody else is refused what that one may not do, and asks for nothing in their place.
      if (question.actAs !== undefined) return [];
      const requestable = requestableBeyond(snapshot.policy, query(snapshot, who, request, question, at));
      return waysToAsk(requestable, { cluster: who.cluster.name, attributes: question.attributes }, publicUrl);
    },
  };
}

/** The refusal that a deny turns into: one sentence with every reason. */
export function denial(decision: Deny): Refusal {
  return { code: 'ERR_PROXY_DENIED', message: decision.reasons.map((reason) => reason.message).join('; ') };
}

/** An allow that is carried out without the terms of the request that was asked about. */
export function withoutTerms(decision: Allow): Allow {
  return { ...decision, obligations: [] };
}

/** Terms of an allow that the stages after this one keep. */
const KEPT: ReadonlySet<Obligation['kind']> = new Set(['filter', 'maskSecrets', 'record']);

/**
 * Makes sure that every term of an allow is one that is kept: a request that is allowed on other ones must not go on.
 * @throws Error for such a term
 */
export function assertKept(obligations: readonly Obligation[]): void {
  const unmet = obligations.find(({ kind }) => !KEPT.has(kind));
  if (unmet?.kind === 'inspect') {
    throw new Error('the authorizer asks for the body of a request again, after it was told what is in it');
  }
  if (unmet !== undefined) throw new Error(`nothing keeps the obligation ${unmet.kind}`);
}
