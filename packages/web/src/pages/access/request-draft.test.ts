import { describe, expect, it } from 'vitest';
import { commandOf, draftProblems, type Requestable, type RequestDraft, requestOf } from './request-draft.ts';

const choice: Requestable = {
  role: 'developer',
  policy: 'on-call',
  scope: { kind: 'clusters', clusters: ['demo'] },
  maxDuration: '8h',
  maxTotalDuration: '8h',
  approvals: 1,
  mayAutoApprove: false,
};
const draft = {
  cluster: 'demo',
  namespace: 'shop',
  choice,
  duration: '1h30m',
  reason: ' Look at the queue ',
  ticket: '',
  object: '',
  start: '',
  isEmergency: false,
  reviewers: '',
} satisfies RequestDraft;

const NOW = new Date('2026-11-22T12:00:00Z');
const inAnEmergency = { choice: { ...choice, breakGlass: { maxDuration: '1h' } }, isEmergency: true, duration: '1h' };

describe('draftProblems', () => {
  it('finds nothing wrong with what can be sent', () => {
    expect(draftProblems(draft, NOW)).toEqual({});
    expect(draftProblems({ ...draft, namespace: '', duration: '8h' }, NOW)).toEqual({});
    expect(draftProblems({ ...draft, duration: '30 min' }, NOW)).toEqual({});
  });

  for (const { name, given, field } of [
    { name: 'no cluster', given: { cluster: '' }, field: 'cluster' },
    { name: 'a cluster that can be none', given: { cluster: '../x' }, field: 'cluster' },
    { name: 'a namespace that can be none', given: { namespace: 'A b' }, field: 'namespace' },
    { name: 'no role', given: { choice: undefined }, field: 'choice' },
    { name: 'a time that is none', given: { duration: 'a while' }, field: 'duration' },
    { name: 'no time at all', given: { duration: '0m' }, field: 'duration' },
    { name: 'more than the policy allows', given: { duration: '8h1s' }, field: 'duration' },
    { name: 'no reason', given: { reason: ' \n ' }, field: 'reason' },
    {
      name: 'no ticket where one is demanded',
      given: { choice: { ...choice, ticketPattern: 'INC-\\d+' } },
      field: 'ticket',
    },
    { name: 'a start that is over', given: { start: '2026-11-21T12:00' }, field: 'start' },
    { name: 'a start that is none', given: { start: 'soon' }, field: 'start' },
    { name: 'an object that is none', given: { object: 'web-0' }, field: 'object' },
    { name: 'more than may be taken in an emergency', given: { ...inAnEmergency, duration: '2h' }, field: 'duration' },
  ] as const) {
    it(`points at ${name}`, () => {
      expect(Object.keys(draftProblems({ ...draft, ...given }, NOW))).toEqual([field]);
    });
  }

  it('says how long it may be', () => {
    expect(draftProblems({ ...draft, duration: '9h' }, NOW).duration).toBe('That is more than 8 h. Use 8 h or less.');
  });
});

describe('requestOf', () => {
  it('asks under the policy whose terms were shown', () => {
    expect(requestOf(draft)).toEqual({
      role: 'developer',
      policy: 'on-call',
      scope: { kind: 'clusters', clusters: ['demo'], namespaces: { names: ['shop'] } },
      duration: '1h30m',
      reason: 'Look at the queue',
    });
    expect(requestOf({ ...draft, namespace: '', ticket: 'INC-1', duration: '90 min' })).toMatchObject({
      scope: { kind: 'clusters', clusters: ['demo'] },
      duration: '1h30m',
      ticket: 'INC-1',
    });
  });
});

describe('requestOf, for one object, later or at once', () => {
  it('narrows to the object, in the namespace that was named', () => {
    expect(requestOf({ ...draft, object: ' deployments.apps/web ' }).objects).toEqual([
      { apiGroup: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' },
    ]);
    expect(requestOf({ ...draft, object: 'bank/pods/web-0' }).objects?.[0]?.namespace).toBe('bank');
    expect(requestOf({ ...draft, namespace: '', object: 'nodes/n1' }).objects).toEqual([
      { resource: 'nodes', name: 'n1' },
    ]);
  });

  it('starts when it was said, and tells whom it was said', () => {
    const start = '2026-12-24T18:00';
    expect(requestOf({ ...draft, start, reviewers: ' ann@example.com, ,bob@example.com' })).toMatchObject({
      startsAt: new Date(start).toISOString(),
      suggestedReviewers: ['ann@example.com', 'bob@example.com'],
    });
  });

  it('neither waits nor asks anybody in an emergency', () => {
    const request = requestOf({ ...draft, ...inAnEmergency, start: '2026-12-24T18:00', reviewers: 'ann@example.com' });
    expect(request).toMatchObject({ breakGlass: true, duration: '1h' });
    expect(request).not.toHaveProperty('startsAt');
    expect(request).not.toHaveProperty('suggestedReviewers');
  });
});

describe('commandOf', () => {
  it('is the same request for a shell, whatever was typed', () => {
    expect(commandOf({ ...draft, reason: "don't; reboot" })).toBe(
      "sallyport access request --cluster demo --namespace shop --role developer --policy on-call --duration 1h30m --reason 'don'\\''t; reboot'",
    );
  });

  it('breaks the glass in an emergency, and names start and reviewers otherwise', () => {
    const later = { start: '2026-12-24T18:00', reviewers: 'ann, bob', reason: 'x' };
    expect(commandOf({ ...draft, ...later, object: 'pods/web-0' })).toBe(
      'sallyport access request --cluster demo --namespace shop --object pods/web-0 --role developer --policy on-call --duration 1h30m --start 2026-12-24T18:00 --reason x --reviewer ann --reviewer bob',
    );
    expect(commandOf({ ...draft, ...later, ...inAnEmergency })).toBe(
      'sallyport access break-glass --cluster demo --namespace shop --role developer --policy on-call --duration 1h --reason x',
    );
  });

  it('leaves out what is not filled in', () => {
    expect(commandOf({ ...draft, namespace: '', choice: undefined, reason: '' })).toBe(
      'sallyport access request --cluster demo --duration 1h30m',
    );
  });
});
