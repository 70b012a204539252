import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeldShare, planShare, type ShareAsk } from './share-plan.ts';

const cases: readonly {
  readonly name: string;
  readonly total: number;
  readonly ask: ShareAsk;
  readonly others: readonly HeldShare[];
  readonly want: number;
}[] = [
  { name: 'the whole, when nobody else asks', total: 10, ask: { keep: 0, want: 1 }, others: [], want: 10 },
  {
    name: 'by demand, where there is not enough',
    total: 100,
    ask: { keep: 10, want: 300 },
    others: [{ replicaId: 'b', keep: 10, want: 100, amount: 30 }],
    want: 70,
  },
  {
    name: 'its demand and half of what is left, where there is enough',
    total: 100,
    ask: { keep: 10, want: 10 },
    others: [{ replicaId: 'b', keep: 40, want: 0, amount: 40 }],
    want: 40,
  },
  {
    name: 'nothing that another one still holds',
    total: 100,
    ask: { keep: 0, want: 50 },
    others: [{ replicaId: 'b', keep: 0, want: 50, amount: 95 }],
    want: 5,
  },
  {
    name: 'nothing, where others hold more than there is since a limit was lowered',
    total: 2,
    ask: { keep: 0, want: 1 },
    others: [{ replicaId: 'b', keep: 5, want: 0, amount: 5 }],
    want: 0,
  },
  {
    name: 'one of three odd places, being the first',
    total: 3,
    ask: { keep: 0, want: 0 },
    others: [{ replicaId: 'b', keep: 0, want: 0, amount: 0 }],
    want: 2,
  },
];

describe('the share of a replica', () => {
  for (const { name, total, ask, others, want } of cases) {
    it(`is ${name}`, () => expect(planShare(total, 'a', ask, others)).toBe(want));
  }

  it('and those of all others are never more than there is, and all of it once everybody has asked three times', () => {
    const asks = fc.array(fc.record({ keep: fc.nat(20), want: fc.nat(1_000) }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        asks,
        fc.array(fc.nat(5), { maxLength: 20 }),
        (total, all, order) => {
          const held = new Map<string, HeldShare>();
          const renew = (index: number) => {
            const ask = all[index % all.length] as ShareAsk;
            const replicaId = String(index % all.length);
            const others = [...held.values()].filter((other) => other.replicaId !== replicaId);
            held.set(replicaId, { ...ask, replicaId, amount: planShare(total, replicaId, ask, others) });
            const sum = [...held.values()].reduce((added, { amount }) => added + amount, 0);
            expect(sum).toBeLessThanOrEqual(total);
            return sum;
          };
          order.forEach(renew);
          const rounds = Array.from({ length: 3 * all.length }, (_, index) => renew(index));
          if (all.reduce((added, { keep }) => added + keep, 0) <= total) expect(rounds.at(-1)).toBe(total);
        },
      ),
      { numRuns: 500 },
    );
  });
});
