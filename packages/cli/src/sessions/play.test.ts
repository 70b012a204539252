import { type CastEvent, formatCastDamage } from '@sallyport/core/terminal';
import { describe, expect, it } from 'vitest';
import type { Keys, PlayerKey } from './keys.ts';
import { playCast } from './play.ts';
import { createDamageNotes, readCast } from './read-cast.ts';

const EVENTS: readonly CastEvent[] = [
  { atMs: 0, code: 'o', data: 'a' },
  { atMs: 1_000, code: 'o', data: 'b' },
  { atMs: 1_500, code: 'i', data: 'typed' },
  { atMs: 61_000, code: 'o', data: 'c' },
  { atMs: 62_000, code: 'o', data: 'd' },
];

/** A player in a time of its own: each wait is noted and passes at once, unless a key is pressed in the middle of it. */
function aPlayer(presses: readonly { readonly wait: number; readonly key: PlayerKey }[] = []) {
  let nowMs = 0;
  let shown = '';
  let opened = 0;
  const waits: number[] = [];
  const keys: Keys = {
    async next(ms) {
      if (ms > 0) waits.push(ms);
      const pressed = presses.find(({ wait }) => wait === waits.length);
      if (pressed !== undefined && ms > 0) {
        nowMs += Number.isFinite(ms) ? ms / 2 : 0;
        return pressed.key;
      }
      nowMs += ms;
      return undefined;
    },
    close() {},
  };
  return {
    waits,
    shown: () => shown,
    opened: () => opened,
    play: (options: { speed?: number; idleLimitMs?: number; fromMs?: number } = {}) =>
      playCast({
        speed: 1,
        idleLimitMs: Number.POSITIVE_INFINITY,
        fromMs: 0,
        ...options,
        keys,
        clock: { now: () => nowMs, monotonicMs: () => nowMs, setTimeout: () => ({ cancel() {} }) },
        async open() {
          opened += 1;
          return (async function* () {
            yield* EVENTS;
          })();
        },
        screen: {
          async show(output) {
            shown += output;
          },
          async clear() {
            shown += '|';
          },
          async restore() {},
        },
      }),
  };
}

describe('playing a recording', () => {
  it('shows output at its time, and nothing of what was typed', async () => {
    const player = aPlayer();
    expect(await player.play()).toBe('end');
    expect(player.shown()).toBe('abcd');
    expect(player.waits).toEqual([1_000, 500, 59_500, 1_000]);
  });

  it('goes faster, shortens what is idle, and draws what was before its beginning at once', async () => {
    const player = aPlayer();
    await player.play({ speed: 2, idleLimitMs: 2_000, fromMs: 1_500 });
    expect(player.shown()).toBe('abcd');
    expect(player.waits).toEqual([1_000, 500]);
  });

  it('pauses until it is told to go on, and waits only for what was left', async () => {
    const player = aPlayer([
      { wait: 1, key: 'pause' },
      { wait: 2, key: 'pause' },
    ]);
    expect(await player.play()).toBe('end');
    expect(player.waits.slice(0, 3)).toEqual([1_000, Number.POSITIVE_INFINITY, 500]);
  });

  it('goes on by a seek without waiting for what lies between', async () => {
    const player = aPlayer([{ wait: 1, key: { seekMs: 60_000 } }]);
    await player.play();
    expect(player.shown()).toBe('abcd');
    expect(player.waits).toEqual([1_000, 500, 1_000]);
  });

  it('goes back by reading again from the beginning, on a clear screen', async () => {
    const player = aPlayer([{ wait: 4, key: { seekMs: -10_000 } }]);
    await player.play();
    expect(player.opened()).toBe(2);
    expect(player.shown()).toBe('abc|abcd');
  });

  it('ends at once when it is told to', async () => {
    const player = aPlayer([{ wait: 2, key: 'quit' }]);
    expect(await player.play()).toBe('quit');
    expect(player.shown()).toBe('ab');
  });
});

it('reads asciicast that is cut anywhere, and passes over lines that are no events', async () => {
  const text = '{"version":2}\n[0.5, "o", "a\\n"]\nnonsense\n[1, "r", "80x24"]\n[2, "o"]\n[3.25, "o", "b"]';
  for (const size of [1, 7, 1_000]) {
    const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
    const events: CastEvent[] = [];
    const chunks = (async function* () {
      yield* pieces;
    })();
    for await (const event of readCast(chunks)) events.push(event);
    expect(events).toEqual([
      { atMs: 500, code: 'o', data: 'a\n' },
      { atMs: 1_000, code: 'r', data: '80x24' },
      { atMs: 3_250, code: 'o', data: 'b' },
    ]);
  }
});

it('tells what is missing from a recording as ERR_CLI_RECORDING_DAMAGED once all that is left has passed', async () => {
  const damage = createDamageNotes();
  const pass = async (...pieces: readonly string[]) => {
    let passed = '';
    const chunks = (async function* () {
      yield* pieces;
    })();
    for await (const chunk of damage.pass(chunks)) passed += chunk;
    expect(passed).toBe(pieces.join(''));
  };
  const remark = (number: number) =>
    `[1.000, "m", ${JSON.stringify(formatCastDamage(`chunk ${number} is missing`))}]\n`;
  const printed = `[1.000, "o", ${JSON.stringify(formatCastDamage('not so'))}]\n`;
  await pass(printed, ...remark(3), '[2.000, "o", "on"]\n');
  const refusal = {
    code: 'ERR_CLI_RECORDING_DAMAGED',
    message: 'parts of the recording are missing: chunk 3 is missing',
  };
  expect(() => damage.check()).toThrow(expect.objectContaining(refusal));
  await pass(...[1, 2, 3, 4, 5, 6, 7].map(remark));
  expect(() => damage.check()).toThrow(/chunk 5 is missing; and 2 more$/);
  await pass(printed);
  damage.check();
});
