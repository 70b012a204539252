import type { AccessRequestId, GrantId, Principal, PrincipalId, ReviewId } from '@sallyport/core';
import { compilePolicy, type PolicyDocuments } from '../compile-policy.ts';
import type { AccessRequest } from '../life-cycles/access-request.ts';
import type { AccessRequestDraft, RequestFacts } from '../life-cycles/choose-policy.ts';
import type { LifeCycleRecords } from '../life-cycles/facts.ts';
import { planAccessRequest } from '../life-cycles/plan-access-request.ts';
import {
  type ReviewDraft,
  type ReviewedAccessRequest,
  type ReviewFacts,
  reviewAccessRequest,
} from '../life-cycles/review-access-request.ts';
import { reviewProgress } from '../life-cycles/review-progress.ts';
import type { RequestPolicy } from '../policy.ts';
import { aBinding, aCluster, aPrincipal, aRequestPolicy, aRole } from '../testing/fixtures.ts';

export const HOUR = 3_600_000;
export const NOW = new Date('2026-03-01T10:00:00Z');
export const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);

const person = (name: string, overrides: Partial<Principal> = {}) =>
  aPrincipal({
    id: `prn_${name}` as PrincipalId,
    subjectClaim: name,
    userName: `${name}@example.com`,
    email: `${name}@example.com`,
    groups: ['reviewers'],
    ...overrides,
  });

/** Ann asks; the others are reviewers by their group, or would like to be. */
export const ann = person('ann', { groups: ['dev', 'reviewers'] });
export const ben = person('ben');
export const cho = person('cho');
export const dan = person('dan');
/** Another account of Ann's. */
export const annAgain = person('ann2', { email: 'Ann+admin@Example.com' });
export const bot = person('bot', { kind: 'serviceAccount' });
export const gone = person('gone', { isDisabled: true });
export const stranger = person('stranger', { groups: [] });
export const PEOPLE = [ann, ben, cho, dan, annAgain, bot, gone, stranger];

export const REVIEWERS = [{ kind: 'group', issuer: ann.issuer, name: 'reviewers' }] as const;
export const edit = aRole({ id: 'rol_edit' as never, name: 'edit', ceilingGroups: ['sallyport:edit'] });
export const production = aCluster({ labels: { env: 'prod' } });

/** A policy of one step with one approval, unless said otherwise. */
export const aPolicy = (overrides: Partial<RequestPolicy> = {}) =>
  aRequestPolicy({ roleIds: [edit.id], steps: [{ reviewers: REVIEWERS, approvals: 1 }], ...overrides });

/** Live records. */
export function world(
  policies: readonly RequestPolicy[],
  documents: Partial<PolicyDocuments> = {},
  people: readonly Principal[] = PEOPLE,
): LifeCycleRecords {
  return {
    policy: compilePolicy({ roles: [aRole(), edit], bindings: [], ...documents, requestPolicies: policies }, 1),
    principals: new Map(people.map((one) => [one.id, one])),
    clusters: new Map([[production.id, production]]),
    projects: new Map(),
  };
}

/** A binding that lets somebody review wherever a policy leaves it to whoever is permitted. */
export const reviewer = aRole({
  id: 'rol_reviewer' as never,
  name: 'reviewer',
  permissions: ['accessRequests.review'],
});
export const permits = ({ id }: Principal) => aBinding({ roleId: reviewer.id, subjects: [{ kind: 'principal', id }] });

export const aDraft = (overrides: Partial<AccessRequestDraft> = {}): AccessRequestDraft => ({
  roleId: edit.id,
  scope: { kind: 'clusters', clusterIds: [production.id] },
  duration: '1h',
  reason: 'an incident',
  ...overrides,
});

export const plan = (
  records: LifeCycleRecords,
  draft: Partial<AccessRequestDraft> = {},
  facts: Partial<RequestFacts> = {},
) =>
  planAccessRequest(aDraft(draft), {
    ...records,
    requester: ann,
    at: NOW,
    ids: { request: 'req_1' as AccessRequestId, grant: 'gnt_1' as GrantId },
    ...facts,
  });

/** A request that waits. */
export function pending(records: LifeCycleRecords, draft: Partial<AccessRequestDraft> = {}): AccessRequest {
  const planned = plan(records, draft);
  if (planned.outcome === 'pending') return planned.request;
  throw new Error(planned.outcome === 'refused' ? planned.message : 'approved at once');
}

let made = 0;

/** A verdict on what the request is now, unless said otherwise. */
export function review(
  records: LifeCycleRecords,
  request: AccessRequest,
  by: Principal,
  said: Partial<ReviewDraft> = {},
  facts: Partial<ReviewFacts> = {},
): ReviewedAccessRequest {
  made += 1;
  const sha256 = reviewProgress(request, records)?.contentSha256;
  const draft: ReviewDraft = {
    id: `rvw_${made}` as ReviewId,
    verdict: 'approve',
    ...(sha256 !== undefined && { contentSha256: sha256 }),
    ...(said.verdict === 'deny' && { reason: 'no' }),
    ...said,
  };
  return reviewAccessRequest(request, draft, {
    ...records,
    reviewer: by,
    at: NOW,
    grantId: 'gnt_1' as GrantId,
    ...facts,
  });
}

/** The refusal's code, or what came out instead. */
export function codeOf(result: { readonly outcome: string; readonly code?: string }): string {
  return result.outcome === 'refused' ? (result.code ?? '') : result.outcome;
}

/** The request after a step that was made. */
export function requestAfter(result: ReviewedAccessRequest): AccessRequest {
  if (result.outcome === 'refused') throw new Error(`${result.code}: ${result.message}`);
  return result.request;
}
