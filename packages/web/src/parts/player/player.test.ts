import { type CastEvent, formatCastDamage } from '@sallyport/core/terminal';
import { describe, expect, it } from 'vitest';
import { type Cast, readCast } from './cast.ts';
import { createPlayer } from './player.ts';
import { pressKey } from './player-keys.ts';
import { createCastScreen, type Display } from './screen.ts';
import { activityBars, endOfIdle, formatPlace, idleGaps, openingOf } from './timeline.ts';
import { searchTranscript, transcriptOf } from './transcript.ts';

async function* pieces(...texts: readonly string[]) {
  yield* texts;
}

const o = (atMs: number, data: string): CastEvent => ({ atMs, code: 'o', data });
const HEADER = { width: 80, height: 24, title: '' };

function aCast(events: readonly CastEvent[]): Cast {
  return { header: HEADER, events, durationMs: events.at(-1)?.atMs ?? 0, isCut: false, damage: [] };
}

function aDisplay() {
  const done: string[] = [];
  const display: Display = {
    write: (text) => done.push(text),
    reset: () => done.push('reset'),
    resize: (columns, rows) => done.push(`${columns}x${rows}`),
  };
  return { done, display };
}

/** A player whose time and frames the test makes. */
function aPlayer(events: readonly CastEvent[]) {
  const { done, display } = aDisplay();
  let now = 0;
  let frame: (() => void) | undefined;
  const player = createPlayer({
    cast: aCast(events),
    screen: createCastScreen(display),
    clock: { monotonicMs: () => now },
    nextFrame(draw) {
      frame = draw;
      return () => {
        frame = undefined;
      };
    },
  });
  return {
    player,
    done,
    isWaiting: () => frame !== undefined,
    pass(ms: number) {
      now += ms;
      const draw = frame;
      frame = undefined;
      draw?.();
    },
  };
}

describe('reading a recording', () => {
  const lines = [
    '{"version":2,"width":118,"height":32,"title":"exec"}',
    '[0.5, "o", "a\\r\\n"]',
    'nonsense',
    '[1, "r", "90x20"]',
    '[0.9, "o", "late"]',
    '[-1, "o", "before"]',
    '[2, "x", "?"]',
    '[3.25, "m", "stderr"]',
  ];

  it('reads it however it is cut, and passes over lines that are none', async () => {
    const text = lines.join('\n');
    for (const size of [1, 9, 10_000]) {
      const cut = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
      expect(await readCast(pieces(...cut))).toEqual({
        header: { width: 118, height: 32, title: 'exec' },
        events: [
          { atMs: 500, code: 'o', data: 'a\r\n' },
          { atMs: 1_000, code: 'r', data: '90x20' },
          { atMs: 1_000, code: 'o', data: 'late' },
          { atMs: 3_250, code: 'm', data: 'stderr' },
        ],
        durationMs: 3_250,
        isCut: false,
        damage: [],
      });
    }
  });

  it('tells what the server says is missing', async () => {
    const damage = formatCastDamage('chunk 1 is missing');
    const cast = await readCast(pieces(`[1, "m", ${JSON.stringify(damage)}]\n[2, "o", ${JSON.stringify(damage)}]\n`));
    expect(cast.damage).toEqual(['chunk 1 is missing']);
  });

  it('holds no more of it than a page can, and says so', async () => {
    const cast = await readCast(pieces('[1, "o", "a"]\n', '[2, "o", "b"]\n'), 20);
    expect(cast).toMatchObject({ isCut: true, durationMs: 1_000 });
  });

  it('gives a terminal no size that it can not have', async () => {
    const cast = await readCast(pieces('{"version":2,"width":1e9,"height":-1}\n'));
    expect(cast.header).toEqual({ width: 80, height: 24, title: '' });
  });
});

describe('the screen of a recording', () => {
  it('SEC-G04 lets through what draws, and nothing that a terminal answers, opens or keeps', () => {
    const { done, display } = aDisplay();
    const screen = createCastScreen(display);
    const hostile = [
      '\u001b]0;title\u0007',
      '\u001b]52;c;cm0gLXJm\u0007',
      '\u001b]8;;https://evil.test\u0007link\u001b]8;;\u0007',
      '\u001b[6n\u001b[c\u001b[?1000h\u001b[?2004h',
      '\u001bP$q"p\u001b\\',
      '\u202egnp.exe',
      '\u009b6n',
    ];
    // Cut in the middle of a sequence, as pieces of a recording are.
    for (const text of hostile) for (const piece of [text.slice(0, 3), text.slice(3)]) screen.show(piece);
    screen.show('\u001b[31mred\u001b[0m');
    expect(done.join('')).toBe('linkgnp.exe\u001b[31mred\u001b[0m');
  });

  it('takes sizes that a terminal can have', () => {
    const { done, display } = aDisplay();
    const screen = createCastScreen(display);
    for (const size of ['90x20', '99999x2', '0x0', 'axb', '80x24; reset']) screen.resize(size);
    expect(done).toEqual(['90x20']);
  });
});

describe('playing', () => {
  const events = [o(0, 'a'), o(1_000, 'b'), { atMs: 1_500, code: 'i', data: 'typed' } as const, o(61_000, 'c')];

  it('shows output at its time, never input, and stops at the end', () => {
    const { player, done, pass, isWaiting } = aPlayer(events);
    player.setSkipsIdle(false);
    player.play();
    pass(999);
    expect(done).toEqual(['reset', '80x24', 'a']);
    pass(1);
    expect(done.at(-1)).toBe('b');
    pass(60_000);
    expect(done).toEqual(['reset', '80x24', 'a', 'b', 'c']);
    expect(player.state).toMatchObject({ atMs: 61_000, isPlaying: false });
    expect(isWaiting()).toBe(false);
  });

  it('goes faster, and passes over what is idle after its beginning', () => {
    const { player, pass } = aPlayer(events);
    player.setSpeed(2);
    player.play();
    pass(750);
    expect(player.state.atMs).toBe(1_500);
    pass(999);
    expect(player.state.atMs).toBe(3_498);
    pass(1);
    expect(player.state).toMatchObject({ atMs: 61_000, isPlaying: false });
  });

  it('draws anew when it goes back, and only what is missing when it goes on', () => {
    const { player, done } = aPlayer(events);
    player.seek(2_000);
    expect(done).toEqual(['reset', '80x24', 'a', 'b']);
    player.seek(500);
    expect(done.slice(4)).toEqual(['reset', '80x24', 'a']);
    player.seek(-5);
    expect(player.state.atMs).toBe(0);
    player.seek(1e9);
    expect(player.state.atMs).toBe(61_000);
  });

  it('steps from one output to the next, and back', () => {
    const { player } = aPlayer(events);
    player.play();
    player.step(1);
    expect(player.state).toMatchObject({ atMs: 1_000, isPlaying: false });
    player.step(1);
    player.step(1);
    expect(player.state.atMs).toBe(61_000);
    player.step(-1);
    player.step(-1);
    player.step(-1);
    expect(player.state.atMs).toBe(0);
  });

  it('opens a recording of moments with all that it printed, and plays it from the beginning', () => {
    const events = [o(10, 'uid=0'), o(900, '$ exit')];
    const { player, done, pass } = aPlayer(events);
    player.seek(openingOf(aCast(events), 0));
    expect(done.join('')).toContain('uid=0$ exit');
    expect(player.state).toMatchObject({ atMs: 900, isPlaying: false });
    player.play();
    pass(20);
    expect(player.state).toMatchObject({ atMs: 20, isPlaying: true });
  });

  it('opens at the place that was asked for, and a longer one at its beginning', () => {
    expect(openingOf({ durationMs: 900 }, 400)).toBe(400);
    expect(openingOf({ durationMs: 2_000 }, 0)).toBe(0);
    expect(openingOf({ durationMs: 60_000 }, 41_000)).toBe(41_000);
  });

  it('plays from the beginning when it stands at the end, and tells of each change until nobody listens', () => {
    const { player, pass, isWaiting } = aPlayer(events);
    let told = 0;
    const end = player.subscribe(() => {
      told += 1;
    });
    player.seek(61_000);
    player.play();
    expect(player.state).toMatchObject({ atMs: 0, isPlaying: true });
    expect(told).toBe(3);
    end();
    pass(10);
    expect(told).toBe(3);
    player.close();
    expect(isWaiting()).toBe(false);
  });
});

describe('keys of playback', () => {
  const commandsAt = [0, 4_000, 9_000];
  const stood = (keys: string, atMs = 6_000) => {
    const { player } = aPlayer(Array.from({ length: 61 }, (_, second) => o(second * 1_000, 'x')));
    player.seek(atMs);
    for (const key of keys.split('|')) pressKey(key, player, commandsAt);
    return player.state;
  };

  for (const [keys, want] of [
    ['ArrowRight', { atMs: 11_000 }],
    ['ArrowLeft|ArrowLeft', { atMs: 0 }],
    ['n', { atMs: 9_000 }],
    ['n|n', { atMs: 60_000 }],
    ['p', { atMs: 4_000 }],
    ['p|p|p', { atMs: 0 }],
    ['.', { atMs: 7_000, isPlaying: false }],
    [',', { atMs: 5_000 }],
    [' ', { isPlaying: true }],
    [' | ', { isPlaying: false }],
    ['i', { skipsIdle: false }],
    ['1', { speed: 0.5 }],
    ['1|2', { speed: 1 }],
    ['3', { speed: 2 }],
    ['4', { speed: 4 }],
  ] as const) {
    it(`take ${keys} for what it says`, () => expect(stood(keys)).toMatchObject(want));
  }

  it('leave other keys to the page', () => {
    const { player } = aPlayer([o(0, 'a')]);
    expect(pressKey('g', player, [])).toBe(false);
  });
});

describe('the timeline', () => {
  it('knows where nothing happened, and when to go on from there', () => {
    const gaps = idleGaps([o(0, 'a'), o(2_000, 'b'), o(60_000, 'c')]);
    expect(gaps).toEqual([{ fromMs: 2_000, toMs: 60_000 }]);
    expect([0, 3_999, 4_000, 59_999, 60_000].map((ms) => endOfIdle(gaps, ms))).toEqual([
      undefined,
      undefined,
      60_000,
      60_000,
      undefined,
    ]);
  });

  it('shows how much was printed, with little in sight beside much', () => {
    expect(activityBars([o(0, 'x'.repeat(100)), o(10, 'x')], 10, 2)).toEqual([1, 0.1]);
    expect(activityBars([], 0, 2)).toEqual([0, 0]);
  });

  it('writes places', () => {
    expect([0, 11_999, 401_000, 3_723_000].map(formatPlace)).toEqual(['0:00', '0:11', '6:41', '1:02:03']);
  });
});

describe('the transcript', () => {
  const events = [
    o(0, 'welcome\r\n'),
    o(100, '/app $ '),
    o(1_000, 'l'),
    o(1_100, 's\r\n'),
    o(1_200, '\u001b[32mbatch.lock\u001b[0m\r\nother\r\n/app $ '),
    o(5_000, 'exit\r\n'),
  ];

  it('is cut where a prompt begins', () => {
    expect(transcriptOf(events)).toEqual([
      { atMs: 0, lines: ['welcome'] },
      { atMs: 1_000, command: 'ls', lines: ['batch.lock', 'other'] },
      { atMs: 5_000, command: 'exit', lines: [] },
    ]);
  });

  it('is searched in commands and output', () => {
    const entries = transcriptOf(events);
    expect(searchTranscript(entries, 'LOCK')).toEqual([{ entry: 1, atMs: 1_000, text: 'batch.lock' }]);
    expect(searchTranscript(entries, ' exit ')).toEqual([{ entry: 2, atMs: 5_000, text: 'exit' }]);
    expect(searchTranscript(entries, ' ')).toEqual([]);
  });
});
