import { describe, expect, it } from 'vitest';
import { createId, ID_PREFIXES, type IdKind, isId, parseId } from './ids.ts';

const KINDS = Object.keys(ID_PREFIXES) as IdKind[];

describe('createId', () => {
  it('makes ids of every kind that only their own kind accepts', () => {
    for (const kind of KINDS) {
      const id = createId(kind);
      expect(id).toMatch(new RegExp(`^${ID_PREFIXES[kind]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`));
      expect(KINDS.filter((other) => isId(other, id))).toEqual([kind]);
      expect(parseId(kind, id)).toBe(id);
    }
  });

  it('makes ids that sort by the time they were made', () => {
    const times = [0, 1, 31, 32, 1_000, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1];
    const ids = times.map((at) => createId('cluster', at));
    expect([...ids].sort()).toEqual(ids);
    expect(ids[0]).toMatch(/^clu_0000000000/);
    expect(ids.at(-1)).toMatch(/^clu_7zzzzzzzzz/);
  });

  it('never makes the same id twice, over many refills of its pool', () => {
    expect(new Set(Array.from({ length: 2_000 }, () => createId('decision', 1))).size).toBe(2_000);
  });
});

describe('parseId', () => {
  const good = createId('cluster');
  for (const text of [
    '',
    'clu',
    'clu_',
    good.slice(4),
    `prn_${good.slice(4)}`,
    `${good}0`,
    good.slice(0, -1),
    good.toUpperCase(),
    ` ${good}`,
    `${good}\n`,
    `clu_8${good.slice(5)}`,
    `clu_${'u'.repeat(26)}`,
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseId('cluster', text)).toThrow(expect.objectContaining({ code: 'ERR_ID_MALFORMED' }));
    });
  }

  it('quotes no more than a little of what it refuses', () => {
    expect(() => parseId('cluster', 'x'.repeat(10_000))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{1,160}$/) }),
    );
  });
});
