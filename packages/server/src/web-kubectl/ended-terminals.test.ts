import { createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { createEndedTerminals } from './ended-terminals.ts';

describe('terminals that ended', () => {
  it('are told to whose they were, the last one first, at most 20, for an hour', () => {
    const clock = createFakeClock();
    const ended = createEndedTerminals(clock);
    const [mine, theirs] = [createId('principal'), createId('principal')];
    const anEnd = (reason: string) => ({
      id: createId('terminal', clock.now()),
      cluster: 'demo',
      endedAt: new Date(clock.now()),
      reason,
    });
    ended.add(theirs, anEnd('closed'));
    for (let index = 0; index < 25; index++) ended.add(mine, anEnd(`end ${index}`));
    expect(ended.of(mine).map(({ reason }) => reason)).toEqual(
      Array.from({ length: 20 }, (_, index) => `end ${24 - index}`),
    );
    expect(ended.of(theirs)).toHaveLength(1);
    clock.advance(60 * 60_000);
    expect([ended.of(mine), ended.of(theirs)]).toEqual([[], []]);
  });
});
