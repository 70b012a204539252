import type { GrantId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { RequestPolicy } from '../policy.ts';
import {
  ann,
  aPolicy,
  ben,
  codeOf,
  edit,
  gone,
  HOUR,
  later,
  NOW,
  plan,
  production,
  REVIEWERS,
  stranger,
  world,
} from '../properties/request-world.ts';
import type { IssuedGrant } from './grant.ts';
import { planRenewal } from './plan-access-request.ts';

type Plan = Parameters<typeof plan>;
const onCluster = { kind: 'clusters', clusterIds: [production.id] } as const;
const inNamespaces = (...names: string[]) => ({ ...onCluster, namespaces: { kind: 'names', names } }) as const;

describe('planAccessRequest', () => {
  it('makes a request that waits for its reviews', () => {
    expect(plan(world([aPolicy()]), { ticket: 'INC-1', suggestedReviewerIds: [ben.id] })).toEqual({
      outcome: 'pending',
      request: {
        id: 'req_1',
        organizationId: ann.organizationId,
        requesterId: ann.id,
        roleId: edit.id,
        policyId: aPolicy().id,
        scope: onCluster,
        durationMs: HOUR,
        reason: 'an incident',
        ticket: 'INC-1',
        suggestedReviewerIds: [ben.id],
        isBreakGlass: false,
        createdAt: NOW,
        pendingUntil: later(24 * HOUR),
        state: 'pending',
        reviews: [],
      },
    });
  });

  const cases: readonly {
    readonly name: string;
    readonly policy?: Partial<RequestPolicy>;
    readonly draft?: Plan[1];
    readonly facts?: Plan[2];
    readonly want: string;
  }[] = [
    { name: 'SEC-E18 no time', draft: { duration: '0s' }, want: 'durationInvalid' },
    { name: 'SEC-E18 a negative time', draft: { duration: '-1h' }, want: 'durationInvalid' },
    { name: 'SEC-E18 a huge time', draft: { duration: '31d' }, want: 'durationInvalid' },
    {
      name: 'SEC-E18 more time than can be counted',
      draft: { duration: '99999999999999999999d' },
      want: 'durationInvalid',
    },
    { name: 'SEC-E18 a time in another notation', draft: { duration: 'PT1H' }, want: 'durationInvalid' },
    { name: 'SEC-E18 a bare number', draft: { duration: '3600' }, want: 'durationInvalid' },
    { name: 'SEC-E18 nothing that is text', draft: { duration: 3_600 as never }, want: 'durationInvalid' },
    { name: 'SEC-E18 more than the policy allows', draft: { duration: '61m' }, want: 'durationBeyondPolicy' },
    { name: 'as much as the policy allows', draft: { duration: '60m' }, want: 'pending' },
    { name: 'no reason', draft: { reason: ' ' }, want: 'reasonMissing' },
    { name: 'a start before now', draft: { startsAt: later(-1) }, want: 'startInvalid' },
    { name: 'a start that is none', draft: { startsAt: new Date(Number.NaN) }, want: 'startInvalid' },
    { name: 'a start within the delay', draft: { startsAt: later(24 * HOUR) }, want: 'pending' },
    { name: 'a start beyond the delay', draft: { startsAt: later(24 * HOUR + 1) }, want: 'startBeyondPolicy' },
    { name: 'no ticket where one is wanted', policy: { ticketPattern: 'INC-\\d+' }, want: 'ticketRefused' },
    {
      name: 'a ticket of which a part matches',
      policy: { ticketPattern: 'INC-\\d+' },
      draft: { ticket: 'xINC-1' },
      want: 'ticketRefused',
    },
    { name: 'a ticket', policy: { ticketPattern: 'INC-\\d+' }, draft: { ticket: 'INC-1' }, want: 'pending' },
    { name: 'a role that no policy gives', draft: { roleId: 'rol_other' as never }, want: 'roleNotRequestable' },
    { name: 'a policy that is not there', draft: { policyId: 'rqp_other' as never }, want: 'roleNotRequestable' },
    {
      name: 'who is none of the requesters',
      policy: { requesters: REVIEWERS },
      facts: { requester: stranger },
      want: 'roleNotRequestable',
    },
    { name: 'SEC-E17 who is disabled', facts: { requester: gone }, want: 'requesterGone' },
    { name: 'SEC-E17 who is not there', facts: { principals: new Map() }, want: 'requesterGone' },
    {
      name: 'a condition that does not hold',
      policy: { condition: 'request.namespaces == ["shop"]' },
      want: 'conditionDoesNotHold',
    },
    {
      name: 'a condition that holds',
      policy: {
        condition: 'request.duration <= duration("1h") && request.cluster == "production" && "dev" in user.groups',
      },
      want: 'pending',
    },
    { name: 'a condition that fails', policy: { condition: 'session.acr == "high"' }, want: 'conditionDoesNotHold' },
    { name: 'a broken policy', policy: { condition: 'nonsense(' }, want: 'roleNotRequestable' },
    { name: 'a policy without steps', policy: { steps: [] }, want: 'roleNotRequestable' },
    { name: 'the installation', draft: { scope: { kind: 'installation' } }, want: 'placeInvalid' },
    { name: 'SEC-H03 an empty scope', draft: { scope: { kind: 'clusters', clusterIds: [] } }, want: 'placeInvalid' },
    {
      name: 'SEC-D03 a cluster that is not there',
      draft: { scope: { kind: 'clusters', clusterIds: ['clu_other' as never] } },
      want: 'placeInvalid',
    },
    { name: 'the organization within it', draft: { scope: { kind: 'organization' } }, want: 'pending' },
    {
      name: 'more than the clusters of the policy',
      policy: { scope: onCluster },
      draft: { scope: { kind: 'organization' } },
      want: 'placeBeyondPolicy',
    },
    {
      name: 'whole clusters where namespaces are given',
      policy: { scope: inNamespaces('shop') },
      want: 'placeBeyondPolicy',
    },
    {
      name: 'its namespaces',
      policy: { scope: inNamespaces('shop', 'bank') },
      draft: { scope: inNamespaces('shop') },
      want: 'pending',
    },
    {
      name: 'another namespace',
      policy: { scope: inNamespaces('shop') },
      draft: { scope: inNamespaces('shop', 'bank') },
      want: 'placeBeyondPolicy',
    },
    { name: 'no objects', draft: { objects: [] }, want: 'placeInvalid' },
    {
      name: 'objects outside of its namespaces',
      draft: { scope: inNamespaces('shop'), objects: [{ resource: 'pods', namespace: 'bank', name: 'a' }] },
      want: 'placeInvalid',
    },
    { name: 'breaking glass that there is not', draft: { isBreakGlass: true }, want: 'breakGlassRefused' },
  ];
  for (const { name, policy, draft, facts, want } of cases) {
    it(`${want === 'pending' ? 'takes' : 'refuses'} ${name}`, () => {
      expect(codeOf(plan(world([aPolicy(policy)]), draft, facts))).toBe(want);
    });
  }

  it('takes namespaces that have the labels of the policy, as far as these are known', () => {
    const selector = { matchLabels: { tier: 'front' } };
    const records = world([aPolicy({ scope: { kind: 'organization', namespaces: { kind: 'selector', selector } } })]);
    const ask = (labels?: Readonly<Record<string, string>>) =>
      codeOf(plan({ ...records, namespaceLabels: () => labels }, { scope: inNamespaces('shop') }));
    expect(ask({ tier: 'front' })).toBe('pending');
    expect(ask({ tier: 'back' })).toBe('placeBeyondPolicy');
    expect(ask(undefined)).toBe('placeBeyondPolicy');
    expect(codeOf(plan(records, { scope: inNamespaces('shop') }))).toBe('placeBeyondPolicy');
  });

  it('goes by the policy that approves at once, else by the one with the fewest approvals, else by the first name', () => {
    const named = (name: string, overrides: Partial<RequestPolicy> = {}) =>
      aPolicy({ id: `rqp_${name}` as never, name, ...overrides });
    const chosen = (...policies: RequestPolicy[]) => {
      const planned = plan(world(policies));
      return planned.outcome === 'refused' ? planned.code : planned.request.policyId;
    };
    const two = { steps: [{ reviewers: REVIEWERS, approvals: 2 }] };
    expect(chosen(named('a', two), named('c'), named('b'))).toBe('rqp_b');
    expect(chosen(named('a'), named('b', { ...two, autoApprove: 'true' }))).toBe('rqp_b');
    expect(chosen(named('a', { maxDurationMs: 1 }), named('b', two))).toBe('rqp_b');
    expect(codeOf(plan(world([named('a'), named('b', two)]), { policyId: 'rqp_b' as never }))).toBe('pending');
  });

  it('approves at once what the policy says', () => {
    const records = world([aPolicy({ autoApprove: 'request.duration < duration("1h")' })]);
    expect(codeOf(plan(records))).toBe('pending');
    expect(plan(records, { duration: '30m' })).toMatchObject({
      outcome: 'approved',
      by: 'autoApproval',
      request: { state: 'approved', grantId: 'gnt_1', resolution: { at: NOW }, reviews: [] },
      grant: { id: 'gnt_1', principalId: ann.id, startsAt: NOW, endsAt: later(HOUR / 2), requestId: 'req_1' },
    });
    expect(codeOf(plan(world([aPolicy({ autoApprove: 'request.ticket == "x"' })])))).toBe('pending');
  });

  it('starts what is scheduled when the request says', () => {
    const planned = plan(world([aPolicy({ autoApprove: 'true' })]), { startsAt: later(HOUR) });
    expect(planned).toMatchObject({ grant: { startsAt: later(HOUR), endsAt: later(2 * HOUR) } });
  });
});

describe('breaking the glass', () => {
  const breakGlass = { maxDurationMs: HOUR / 2, maxPerDay: 2, followUpWithinMs: HOUR, reviewers: REVIEWERS };
  const records = world([aPolicy({ breakGlass, ticketPattern: 'INC-\\d+', autoApprove: 'true' })]);
  const none = { count: 0, hasOverdueFollowUp: false };
  const broken = (draft: Plan[1] = {}, breakGlassUses: Plan[2] = { breakGlassUses: none }) =>
    plan(records, { isBreakGlass: true, duration: '30m', ...draft }, breakGlassUses);

  it('gives the role at once and demands a follow-up review, also by a policy that approves at once', () => {
    expect(broken()).toMatchObject({
      outcome: 'approved',
      by: 'breakGlass',
      request: { state: 'approved', isBreakGlass: true, followUp: { state: 'due', dueAt: later(HOUR) } },
      grant: { isBreakGlass: true, startsAt: NOW, endsAt: later(HOUR / 2) },
    });
  });

  it('has limits of its own', () => {
    expect(codeOf(broken({ duration: '31m' }))).toBe('durationBeyondPolicy');
    expect(codeOf(broken({ ticket: 'nonsense' }))).toBe('ticketRefused');
    expect(codeOf(broken({ startsAt: later(1) }))).toBe('startBeyondPolicy');
    expect(codeOf(broken({}, { breakGlassUses: { count: 1, hasOverdueFollowUp: false } }))).toBe('approved');
    expect(codeOf(broken({}, { breakGlassUses: { count: 2, hasOverdueFollowUp: false } }))).toBe('breakGlassRefused');
    expect(codeOf(broken({}, { breakGlassUses: { count: 0, hasOverdueFollowUp: true } }))).toBe('breakGlassRefused');
    expect(codeOf(broken({}, {}))).toBe('breakGlassRefused');
  });
});

describe('renewal', () => {
  const records = world([aPolicy({ autoApprove: 'true' })]);
  const facts = { ...records, requester: ann, at: later(HOUR / 2), ids: { request: 'req_2', grant: 'gnt_2' } as never };
  const first: IssuedGrant = {
    id: 'gnt_1' as GrantId,
    organizationId: ann.organizationId,
    principalId: ann.id,
    roleId: edit.id,
    scope: onCluster,
    startsAt: NOW,
    endsAt: later(HOUR),
    reason: 'an incident',
    createdAt: NOW,
    isBreakGlass: false,
  };
  const renew = (grant: Partial<IssuedGrant> = {}, duration = '1h', more: object = {}) =>
    planRenewal({ grant: { ...first, ...grant }, chainStartsAt: NOW, duration, reason: 'not done', ...more }, facts);

  it('starts when the grant ends that it prolongs, with the same role and place', () => {
    expect(renew()).toMatchObject({
      outcome: 'approved',
      request: { renewsId: 'gnt_1', roleId: edit.id, scope: onCluster, reason: 'not done' },
      grant: { id: 'gnt_2', renewsId: 'gnt_1', startsAt: later(HOUR), endsAt: later(2 * HOUR) },
    });
  });

  it('SEC-E18 stays within the longest time with all renewals', () => {
    expect(codeOf(renew({}, '60m'))).toBe('approved');
    expect(codeOf(renew({ startsAt: later(HOUR), endsAt: later(2 * HOUR) }, '1s'))).toBe('durationBeyondPolicy');
    expect(codeOf(renew({}, '61m'))).toBe('durationBeyondPolicy');
  });

  it('SEC-E11 brings back nothing that has ended, and is for those alone who have it', () => {
    expect(codeOf(renew({ principalId: ben.id }))).toBe('renewalRefused');
    expect(codeOf(renew({ endsAt: facts.at }))).toBe('renewalRefused');
    expect(codeOf(renew({ end: { at: NOW, state: 'revoked' } }))).toBe('renewalRefused');
  });
});
