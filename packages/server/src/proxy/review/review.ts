import { type Allow, settingsDenial } from '@sallyport/authz';
import { assertImpersonation, type Clock, RESERVED_EXTRA_PREFIX, type RequestAttributes } from '@sallyport/core';
import type { Snapshot, SnapshotSource } from '../../snapshot.ts';
import { inMode, upstreamModeOf } from '../../upstream-access/upstream-mode.ts';
import { actingActions, impersonationRefusal, resolveActAs } from '../act-as.ts';
import type { Admission, Asked, Refused } from '../admit.ts';
import { assertKept, type Decider, denial, withoutTerms } from '../decide.ts';
import type { OwnAnswer } from '../refusal.ts';
import type { ResponseSink } from '../request.ts';
import { type RequestInspector, withBytes } from '../request-content/inspect.ts';
import { allowedRules, NO_GROUP } from './allowed-rules.ts';
import { reviewAnswer } from './answers.ts';
import { type ClusterRules, keepAnswer } from './cluster-rules.ts';
import { type ReviewKind, readReviewSpec, reviewedAction } from './read-review.ts';
import { actionsBehindWildcard } from './wildcard-actions.ts';

/** What reviews work with. */
export interface ReviewOptions {
  readonly decider: Decider;
  readonly inspector: RequestInspector;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
  /** Carries a request upstream under an identity of the asking person. */
  carry(admission: Admission, sink: ResponseSink): Promise<void>;
}

/** A review that is answered here. */
export interface Answered {
  readonly facts: Asked;
  readonly answer: OwnAnswer;
}

/** Answers reviews of oneself with what the proxy will do. */
export interface Reviews {
  /** An `Admission` goes on to the cluster, which has the last word under the identity of that decision. */
  review(kind: ReviewKind, asked: Asked): Promise<Admission | Answered | Refused>;
}

/** Most groups whose rules are asked of the cluster for one list; a person has a handful. */
const MAX_GROUPS = 16;

/**
 * Makes the stage that answers `kubectl auth can-i`, `can-i --list` and `auth whoami`. Everybody may ask about themselves, as
 * in Kubernetes, whatever their roles say.
 */
export function createReviews(options: ReviewOptions): Reviews {
  const { decider, inspector, snapshots, clock } = options;

  const decideOn = (asked: Asked, attributes: RequestAttributes) => {
    const { who, request, question } = asked;
    const { actAs } = question;
    const about = { attributes, ...(actAs && { actAs }), isReview: 'access' } as const;
    const decision = decider.decide(snapshots.current(), who, request, about, new Date(clock.now()));
    return { about, decision };
  };

  /** Why an action is not allowed; the allow, when it is. */
  function verdict(asked: Asked, attributes: RequestAttributes): Allow | string {
    const { decision } = decideOn(asked, attributes);
    const { actAs } = asked.question;
    if (decision.effect === 'deny') {
      const { message, advice = [] } = decider.explain(decision, asked.who, attributes);
      return [message, ...(actAs === undefined ? advice : [])].join('\n');
    }
    if (actAs !== undefined && decision.impersonate.user !== actAs.userName) return 'nobody acts as somebody else here';
    // What depends on the body is allowed as long as the body asks for nothing more.
    assertKept(decision.obligations.filter(({ kind }) => kind !== 'inspect'));
    return decision;
  }

  async function reviewAccess(asked: Asked): Promise<Admission | Answered | Refused> {
    const held = await inspector.readWhole(asked.request);
    if ('code' in held) return { facts: asked, refusal: held };
    const { bytes, release: releaseBody } = held;
    const read: Asked = { ...asked, request: withBytes(asked.request, bytes), releaseBody };
    const review = readReviewSpec('SelfSubjectAccessReview', read.request.headers, bytes);
    if ('code' in review) return { facts: read, refusal: review };
    const { spec } = review;
    const action = reviewedAction(spec);
    if ('code' in action) return { facts: read, refusal: action };

    const local = (status: Readonly<Record<string, unknown>>): Answered => ({
      facts: read,
      answer: reviewAnswer('SelfSubjectAccessReview', read.attributes, { spec, status }),
    });
    const allowed = verdict(read, action);
    if (typeof allowed === 'string') return local({ allowed: false, denied: true, reason: allowed });
    for (const apart of actionsBehindWildcard(action)) {
      const part = verdict(read, apart);
      if (typeof part === 'string') {
        return local({ allowed: false, denied: true, reason: `not all that the wildcard stands for: ${part}` });
      }
    }
    // Nobody's ceiling holds it: whom one may act as is decided here alone.
    if (action.kind === 'resource' && action.verb === 'impersonate') {
      return local({ allowed: true, reason: allowed.reasons.map(({ message }) => message).join('; ') });
    }
    return { ...read, question: decideOn(read, action).about, decision: withoutTerms(allowed) };
  }

  async function reviewRules(asked: Asked): Promise<Answered | Refused> {
    const held = await inspector.readWhole(asked.request);
    if ('code' in held) return { facts: asked, refusal: held };
    const review = readReviewSpec('SelfSubjectRulesReview', asked.request.headers, held.bytes);
    held.release();
    if ('code' in review) return { facts: asked, refusal: review };
    const { spec } = review;
    const namespace = typeof spec['namespace'] === 'string' ? spec['namespace'] : '';
    const person = personOf(asked, snapshots.current());
    if ('code' in person) return { facts: asked, refusal: person };

    const snapshot = snapshots.current();
    const { cluster } = asked.who;
    const bindings = snapshot.policy.heldOn(person, cluster, new Date(clock.now()));
    const roles = bindings.map(({ compiledRole }) => compiledRole.role);
    const ceilings = [...new Set(roles.flatMap(({ ceilingGroups }) => ceilingGroups))].sort();
    const byGroup = new Map<string, ClusterRules>();
    for (const group of ceilings.slice(0, MAX_GROUPS)) {
      const decision = identityFor(asked, person.userName, [group], snapshot);
      const key = decision.impersonate.groups[0] ?? NO_GROUP;
      if (!byGroup.has(key)) byGroup.set(key, await askCluster(asked, decision, namespace));
    }
    const { rules, gaps: found } = allowedRules({
      namespace,
      byGroup,
      roles,
      hasDenials: snapshot.policy.policiesOn(person, cluster).denyRules.length > 0,
      isConditional: bindings.some(({ condition, grant }) => condition !== undefined || grant?.objects !== undefined),
      decide: (action) => decideOn(asked, action).decision,
    });
    const isCut = ceilings.length > MAX_GROUPS;
    const gaps = [...found, ...(isCut ? [`only ${MAX_GROUPS} of ${ceilings.length} groups were asked about`] : [])];
    const status = {
      resourceRules: rules
        .filter(({ resources }) => resources !== undefined)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames })),
      nonResourceRules: rules
        .filter(({ nonResourceUrls }) => nonResourceUrls !== undefined)
        .map(({ verbs, nonResourceUrls }) => ({ verbs, nonResourceURLs: nonResourceUrls })),
      incomplete: gaps.length > 0,
      ...(gaps.length > 0 && { evaluationError: gaps.join('; ') }),
    };
    const answer = reviewAnswer('SelfSubjectRulesReview', asked.attributes, { spec: { namespace }, status });
    return { facts: asked, answer };
  }

  /** The rules that the cluster has for an identity, asked under that identity. */
  async function askCluster(asked: Asked, decision: Allow, namespace: string): Promise<ClusterRules> {
    const { apiGroup = '', apiVersion = '' } = asked.attributes.kind === 'resource' ? asked.attributes : {};
    const review = { kind: 'SelfSubjectRulesReview', apiVersion: `${apiGroup}/${apiVersion}`, spec: { namespace } };
    const bytes = Buffer.from(JSON.stringify(review));
    const kept = asked.request.headers.flatMap((name, i, headers) =>
      i % 2 === 0 && !BODY_HEADERS.has(name.toLowerCase()) ? [name, headers[i + 1] as string] : [],
    );
    const headers = [
      ...kept,
      ...['Content-Type', 'application/json', 'Content-Length', String(bytes.length), 'Accept', 'application/json'],
    ];
    const { sink, read } = keepAnswer();
    const request = withBytes({ ...asked.request, headers }, bytes);
    await options.carry({ ...asked, request, question: { ...asked.question, isReview: 'rules' }, decision }, sink);
    return read();
  }

  /** Says who the cluster sees: all groups that some request of this person may carry. */
  function reviewSelf(asked: Asked): Admission | Answered | Refused {
    const { who, request, question, attributes } = asked;
    const snapshot = snapshots.current();
    const at = new Date(clock.now());
    const decision = decider.decide(snapshot, who, request, question, at);
    const { actAs } = question;
    const isAsked =
      actAs === undefined || (decision.effect === 'allow' && decision.impersonate.user === actAs.userName);
    // The cluster itself says best whom it sees.
    if (decision.effect === 'allow' && isAsked) return { ...asked, decision: withoutTerms(decision) };
    if (decision.effect === 'deny' && actAs !== undefined) {
      return { facts: { ...asked, decision }, refusal: impersonationRefusal(denial(decision).message) };
    }
    const refusal = settingsDenial(decider.query(snapshot, who, request, question, at));
    if (refusal !== undefined) return { facts: asked, refusal: { code: 'ERR_PROXY_DENIED', message: refusal.message } };
    const person = personOf(asked, snapshot);
    if ('code' in person) return { facts: asked, refusal: person };
    const bindings = snapshot.policy.bindingsOn(person, who.cluster);
    const groups = [...new Set(bindings.flatMap(({ compiledRole }) => compiledRole.role.ceilingGroups))].sort();
    const { user, groups: seen, extra } = identityFor(asked, person.userName, groups, snapshot).impersonate;
    const userInfo = { username: user, groups: [...seen, 'system:authenticated'], ...(extra && { extra }) };
    return { facts: asked, answer: reviewAnswer('SelfSubjectReview', attributes, { status: { userInfo } }) };
  }

  /** Whose rights are asked about: the caller's, or those of whom the caller may act as. */
  function personOf(asked: Asked, snapshot: Snapshot) {
    const { principal } = asked.who;
    const { actAs } = asked.question;
    if (actAs === undefined) return principal;
    const { principal: other } = resolveActAs(actAs, snapshot, principal.organizationId);
    const mayBe = actingActions(actAs).every((action) => {
      const { question } = asked;
      const { actAs: _, ...own } = question;
      return typeof verdict({ ...asked, question: own }, action) !== 'string';
    });
    if (other === undefined || !mayBe)
      return impersonationRefusal(`you may not act as ${JSON.stringify(actAs.userName)}.`);
    return { ...other, groups: actAs.groups, localGroups: actAs.groups };
  }

  return {
    async review(kind, asked) {
      switch (kind) {
        case 'SelfSubjectAccessReview':
          return reviewAccess(asked);
        case 'SelfSubjectRulesReview':
          return reviewRules(asked);
        case 'SelfSubjectReview':
          return reviewSelf(asked);
      }
    },
  };
}

/** An identity that somebody's roles give, without the request that would carry it. */
function identityFor(asked: Asked, user: string, groups: readonly string[], snapshot: Snapshot): Allow {
  const { session, cluster } = asked.who;
  const impersonate = { user, groups, ...(session && { extra: { [SESSION_EXTRA]: [session.id] } }) };
  assertImpersonation(impersonate);
  const reasons = [{ message: 'everybody may ask what they may do' }];
  const decision: Allow = { effect: 'allow', impersonate, obligations: [], reasons, snapshotVersion: snapshot.version };
  return inMode(decision, upstreamModeOf(snapshot, cluster.id));
}

/** Extra key under which clusters see the login session. */
const SESSION_EXTRA = `${RESERVED_EXTRA_PREFIX}session`;
const BODY_HEADERS: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'content-type', 'content-length']);
