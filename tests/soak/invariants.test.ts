import { describe, expect, it } from 'vitest';
import { leaks, missingEvents, undone, withoutBasis, wrongAnswer, wrongIdentity } from './invariants.ts';
import { createViolations, INVARIANTS, renderReport } from './report.ts';

const target = '/api/v1/namespaces/of-ada/pods/pod/log?follow=true';

describe('whom a request reaches the cluster as', () => {
  it('is whoever the namespace belongs to', () => {
    expect(wrongIdentity({ user: 'ada@acme.test', target })).toEqual([]);
    expect(wrongIdentity({ user: 'sallyport:inventory', target: '/api/v1/nodes?limit=500' })).toEqual([]);
    expect(wrongIdentity({ user: 'ada@acme.test', target: '/api/v1/namespaces/of-ada' })).toEqual([]);
  });

  it('is found to be somebody else, or nobody', () => {
    expect(wrongIdentity({ user: 'bob@acme.test', target })).toEqual([`${target} was asked for as bob@acme.test`]);
    expect(wrongIdentity({ user: undefined, target })).toEqual([`${target} was asked for as nobody`]);
  });
});

describe('an answer', () => {
  const asked = { person: 'ada@acme.test', what: 'get', mark: 'm-1' };

  it('bears the mark of what was asked for', () => {
    expect(wrongAnswer({ ...asked, answer: '{"namespace":"of-ada","name":"m-1"}' })).toEqual([]);
  });

  it('is found to be to another question of the same person', () => {
    const [fault, ...rest] = wrongAnswer({ ...asked, answer: '{"namespace":"of-ada","name":"m-2"}' });
    expect(fault).toMatch(/^ada@acme\.test asked for get and got no m-1: /);
    expect(rest).toEqual([]);
  });

  it('is found to be another person’s, in part or as a whole', () => {
    const answer = '{"items":[{"namespace":"of-ada","name":"m-1"},{"namespace":"of-bob"}]}';
    expect(wrongAnswer({ ...asked, answer })).toEqual(['ada@acme.test got something of of-bob for get']);
  });
});

describe('a stream whose basis is gone', () => {
  const ended = { what: 'watch of gus', afterMs: 40, wasDeaf: false, wasFaulted: false, isInProtocol: true };

  it('ends in time, before or after the answer that says so', () => {
    expect([ended, { ...ended, afterMs: -20 }].flatMap(withoutBasis)).toEqual([]);
  });

  it('may go on as long as its capability where the server could not hear of it, and be cut without a word', () => {
    const deaf = { ...ended, wasDeaf: true, wasFaulted: true };
    expect(withoutBasis({ ...deaf, afterMs: 55_000, isInProtocol: false })).toEqual([]);
    expect(withoutBasis({ ...deaf, afterMs: 66_000 })).toHaveLength(1);
  });

  it('is found to go on, never to end, and to end without a word', () => {
    expect(withoutBasis({ ...ended, afterMs: 5_001, wasFaulted: true })).toEqual([
      'watch of gus went on for 5001 ms without a basis, bound is 5000',
    ]);
    expect(withoutBasis({ ...ended, afterMs: undefined })).toEqual([
      'watch of gus is open 65000 ms after its basis was taken away',
    ]);
    expect(withoutBasis({ ...ended, isInProtocol: false })).toEqual(['watch of gus ended without a word of why']);
  });
});

describe('an answered request', () => {
  const answered = [
    { auditId: 'dec_1', what: 'get' },
    { auditId: 'dec_2', what: 'list' },
  ];

  it('has its start and its outcome', () => {
    const all = new Set(['dec_1', 'dec_2', 'dec_3']);
    expect(missingEvents(answered, { started: all, ended: all })).toEqual([]);
  });

  it('is found to lack either', () => {
    const [first, second] = [new Set(['dec_1']), new Set(['dec_2'])];
    expect(missingEvents(answered, { started: first, ended: second })).toEqual([
      'get (dec_1) was answered and has no outcome',
      'list (dec_2) was answered and has no start',
    ]);
  });
});

describe('what a process holds', () => {
  const before = { heapBytes: 90 * 2 ** 20, descriptors: 60, timers: 4, handles: 40 };

  it('may be less, or more by a tenth', () => {
    const tenth = { heapBytes: 99 * 2 ** 20, descriptors: 66, timers: 4, handles: 44 };
    expect([before, tenth, { ...before, descriptors: 10 }].flatMap((now) => leaks('server', before, now))).toEqual([]);
  });

  it('is found to have grown, whatever has', () => {
    expect(leaks('server', before, { heapBytes: 100 * 2 ** 20, descriptors: 67, timers: 8, handles: 47 })).toEqual([
      `server: heapBytes went from ${before.heapBytes} to ${100 * 2 ** 20}`,
      'server: descriptors went from 60 to 67',
      'server: timers went from 4 to 8',
      'server: handles went from 40 to 47',
    ]);
  });
});

it('finds work that never went well', () => {
  expect(undone(['get', 'watch'], { get: 3 })).toEqual(['no watch ever went well']);
});

describe('the report', () => {
  const count = Object.keys(INVARIANTS).length;

  it('says how many invariants held', () => {
    const { text, isHeld } = renderReport(7, { faults: { 'tunnel cut': 2 } }, createViolations());
    expect(text).toContain('faults: tunnel cut 2\n');
    expect(text.trimEnd().split('\n').at(-1)).toBe(`${count} invariants held (seed 7)`);
    expect(isHeld).toBe(true);
  });

  it('names the seed and the first violation', () => {
    const violations = createViolations();
    violations.add('held', ['server: timers went from 4 to 8', 'server: handles went from 40 to 45']);
    violations.add('log', []);
    const { text, isHeld } = renderReport(7, {}, violations);
    expect(text).toContain(`BROKEN  ${INVARIANTS.held}\n`);
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      `${count - 1} invariants held, 1 did not (seed 7); first: server: timers went from 4 to 8`,
    );
    expect(isHeld).toBe(false);
  });
});
