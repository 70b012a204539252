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
} satisfies RequestDraft;

describe('draftProblems', () => {
  it('finds nothing wrong with what can be sent', () => {
    expect(draftProblems(draft)).toEqual({});
    expect(draftProblems({ ...draft, namespace: '', duration: '8h' })).toEqual({});
    expect(draftProblems({ ...draft, duration: '30 min' })).toEqual({});
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
  ] as const) {
    it(`points at ${name}`, () => {
      expect(Object.keys(draftProblems({ ...draft, ...given }))).toEqual([field]);
    });
  }

  it('says how long it may be', () => {
    expect(draftProblems({ ...draft, duration: '9h' }).duration).toBe('That is more than 8 h. Use 8 h or less.');
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

describe('commandOf', () => {
  it('is the same request for a shell, whatever was typed', () => {
    expect(commandOf({ ...draft, reason: "don't; reboot" })).toBe(
      "sallyport access request --cluster demo --namespace shop --role developer --policy on-call --duration 1h30m --reason 'don'\\''t; reboot'",
    );
  });

  it('leaves out what is not filled in', () => {
    expect(commandOf({ ...draft, namespace: '', choice: undefined, reason: '' })).toBe(
      'sallyport access request --cluster demo --duration 1h30m',
    );
  });
});
