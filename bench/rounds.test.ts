import { expect, it } from 'vitest';
import { inRounds } from './rounds.ts';

it('collects every figure of every round, in order', async () => {
  let round = 0;
  const take = async () => {
    round += 1;
    return { a: round, b: 10 * round };
  };
  expect(await inRounds(3, take, () => {})).toEqual({ a: [1, 2, 3], b: [10, 20, 30] });
});

it('goes on after a round that failed, which leaves no figure behind', async () => {
  const failures: unknown[] = [];
  let round = 0;
  const take = async () => {
    round += 1;
    if (round === 2) throw new Error('no answer');
    return { a: round };
  };
  expect(await inRounds(3, take, (error) => failures.push(error))).toEqual({ a: [1, 3] });
  expect(failures).toEqual([new Error('no answer')]);
});
