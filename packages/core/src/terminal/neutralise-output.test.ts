import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOutputNeutraliser } from './neutralise-output.ts';
import { createPrintedText } from './printed-text.ts';

const ESC = '\u001b';
const CSI = `${ESC}[`;
const ST = `${ESC}\\`;

function neutralised(...pieces: readonly string[]): string {
  const neutraliser = createOutputNeutraliser();
  return pieces.map((piece) => neutraliser.write(piece)).join('');
}

/** Everything that may reach a terminal, written apart from the code under test. */
const INERT = new RegExp(
  [
    '[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]',
    '[\\b\\t\\n\\r]',
    '\\u001b[78DEM]',
    '\\u001b\\[\\d{0,4}(?:;\\d{0,4})?[Hfr]',
    '\\u001b\\[\\d{0,4}[@A-GIK-MPSTXZ`abde]',
    '\\u001b\\[[012]?J',
    '\\u001b\\[[su]',
    '\\u001b\\[[\\d;:]{1,200}m',
    '\\u001b\\[\\?(?:6|7|25|1049)[hl]',
    '\\u001b\\[4[hl]',
  ].join('|'),
  'yu',
);

function firstActive(output: string): string | undefined {
  INERT.lastIndex = 0;
  while (INERT.lastIndex < output.length) {
    const at = INERT.lastIndex;
    if (!INERT.test(output)) return JSON.stringify(output.slice(at, at + 20));
  }
  return undefined;
}

describe('an output neutraliser', () => {
  const drawn = [
    'plain text, ünïcode, 漢字, 👩‍💻\r\n\tindented\b',
    `${CSI}1;31mred${CSI}0m ${CSI}38;5;208mx${CSI}48;2;1;2;3my${CSI}4:3mz${CSI}m`,
    `${CSI}H${CSI}2J${CSI}10;20H${CSI}5A${CSI}K${CSI}1P${CSI}3L${ESC}M${ESC}7${ESC}8`,
    `${CSI}?1049h${CSI}1;24r${CSI}?25l${CSI}?7l${CSI}4h`,
  ];
  for (const output of drawn) {
    it(`lets what draws through: ${JSON.stringify(output)}`, () => {
      expect(neutralised(output)).toBe(output.replace(`${CSI}m`, `${CSI}0m`));
    });
  }

  const hostile: readonly { name: string; given: string; want?: string }[] = [
    { name: 'a title', given: `${ESC}]0;owned\u0007` },
    { name: 'a title that ends with ST', given: `${ESC}]2;owned${ST}` },
    { name: 'a title of GNU Screen and tmux', given: `${ESC}kowned${ST}` },
    { name: 'a write to the clipboard', given: `${ESC}]52;c;cm0gLXJmIC8=\u0007` },
    {
      name: 'a link, but not its text',
      given: `${ESC}]8;;https://evil.example${ST}click${ESC}]8;;${ST}`,
      want: 'click',
    },
    { name: 'a change of the palette', given: `${ESC}]4;0;rgb:ff/ff/ff${ST}` },
    { name: 'a notification', given: `${ESC}]777;notify;a;b\u0007` },
    { name: 'an inline file', given: `${ESC}]1337;File=name=eA==;size=1:eA==\u0007` },
    { name: 'device control: DECRQSS, XTGETTCAP, sixel', given: `${ESC}P$qm${ST}${ESC}P+q544e${ST}${ESC}Pq#0${ST}` },
    { name: 'what tmux would hand on', given: `${ESC}Ptmux;${ESC}${ESC}]52;c;eA==\u0007${ST}` },
    { name: 'APC, PM and SOS', given: `${ESC}_Ga=T${ST}${ESC}^secret${ST}${ESC}Xsecret${ST}` },
    {
      name: 'requests for status and attributes',
      given: `${CSI}6n${CSI}5n${CSI}?15n${CSI}c${CSI}>c${CSI}=c${CSI}0x${ESC}Z\u0005`,
    },
    { name: 'reports of modes and of the window', given: `${CSI}?1$p${CSI}4$p${CSI}>q${CSI}14t${CSI}21t${CSI}22;0t` },
    {
      name: 'mouse, focus and pasting',
      given: `${CSI}?1000h${CSI}?1003h${CSI}?1006h${CSI}?1004h${CSI}?2004h${CSI}1;2;3;4;5T`,
    },
    {
      name: 'keypad, cursor keys and key encoding',
      given: `${ESC}=${ESC}>${CSI}?1h${CSI}?66h${CSI}>4;2m${CSI}>1u${CSI}=1u`,
    },
    { name: 'printing', given: `${CSI}i${CSI}4i${CSI}5i${CSI}?5i` },
    { name: 'what empties the scroll-back', given: `${CSI}3J` },
    { name: 'concealed text', given: `${CSI}8mhidden${CSI}1;8m!`, want: `hidden${CSI}1m!` },
    { name: 'a mode beside one that draws', given: `${CSI}?1000;25;2004l`, want: `${CSI}?25l` },
    { name: 'character sets', given: `${ESC}(A${ESC}*0${ESC}n${ESC}o${ESC}|${ESC}%G` },
    { name: '8-bit modes and double lines', given: `${ESC} G${ESC}#3${ESC}#8` },
    { name: 'the bell, NUL and DEL', given: 'a\u0007\u0000\u007fb', want: 'ab' },
    {
      name: '8-bit forms',
      given: '\u009d0;x\u009c\u0090$qm\u009c\u009b6n\u009e.\u009c\u009f.\u009c\u0098.\u009c\u009a\u008e',
    },
    { name: 'an 8-bit form of what draws: it becomes 7-bit', given: '\u009b31mred\u008d', want: `${CSI}31mred${ESC}M` },
    {
      name: 'bidirectional controls and tags',
      given: 'a\u202e\u2066b\u2069\u200f\u061c\u{e0041}\ufeff\u2028c',
      want: 'abc',
    },
    { name: 'a sequence cut short by CAN', given: `${CSI}31\u0018mred`, want: 'mred' },
    { name: 'a control inside a sequence: it is carried out first', given: `${CSI}3\r1mred`, want: `\r${CSI}31mred` },
    { name: 'a malformed sequence', given: `${CSI}1?2m${CSI}<31m${CSI}31 m${CSI}1;2;3H${CSI}1:2H`, want: '' },
    { name: 'numbers beyond any screen', given: `${CSI}99999999999b${CSI}0000123A`, want: `${CSI}9999b${CSI}123A` },
    {
      name: 'line drawing: it becomes Unicode',
      given: `${ESC}(0lqk${ESC}(Blqk\u000e${ESC})0x\u000fx`,
      want: '┌─┐lqk│x',
    },
    { name: 'a reset: it clears', given: `${ESC}cx`, want: `${CSI}0m${CSI}H${CSI}2Jx` },
  ];
  for (const { name, given, want = '' } of hostile) {
    it(`SEC-G04 drops ${name}`, () => {
      expect(neutralised(given)).toBe(want);
      expect(neutralised(...given)).toBe(want);
    });
  }

  it('SEC-G04 lets a program hide no more than 4096 characters behind a string that does not end', () => {
    const output = neutralised(`${ESC}]0;${'x'.repeat(10_000)}`, 'y');
    expect(output).toBe(`${'x'.repeat(10_002 - 4_096)}y`);
    expect(neutralised(`${CSI}${'1;'.repeat(2_000)}`, 'mshown')).toMatch(/shown$/);
  });

  it('SEC-G04 shows a terminal that reads no UTF-8 nothing that it could take for a control', () => {
    const neutraliser = createOutputNeutraliser({ isAscii: true });
    // The bytes of U+00DB are C3 9B, of which the second is CSI in 8 bits.
    expect(neutraliser.write(`Û0c 漢👩 ${CSI}31mx`)).toBe(`?0c ?? ${CSI}31mx`);
  });

  it('SEC-G04 puts back what the output left changed, once', () => {
    const neutraliser = createOutputNeutraliser();
    neutraliser.write(`${CSI}?1049h${CSI}?25l${CSI}?7l${CSI}4h${CSI}31m${CSI}2;5r`);
    const end = neutraliser.end();
    for (const part of [`${CSI}?1049l`, `${CSI}?25h`, `${CSI}?7h`, `${CSI}4l`, `${CSI}0m`, `${ESC}7${CSI}r${ESC}8`]) {
      expect(end).toContain(part);
    }
    expect(neutraliser.end()).toBe('');
    const tidy = createOutputNeutraliser();
    tidy.write(`${CSI}?1049h${CSI}?25l${CSI}?25h${CSI}?1049l`);
    expect(tidy.end()).toBe('');
  });

  const part = fc.oneof(
    fc.constantFrom(
      ESC,
      CSI,
      `${ESC}]`,
      `${ESC}P`,
      `${ESC}_`,
      ST,
      '\u009b',
      '\u009d',
      '\u009c',
      '\u0007',
      '\u0018',
      '\r\n',
    ),
    fc.constantFrom(
      '0',
      '25',
      '1049',
      ';',
      ':',
      '?',
      '>',
      ' ',
      '$',
      'm',
      'h',
      'l',
      'n',
      'c',
      'J',
      'r',
      'b',
      'q',
      't',
      '8',
      '(',
    ),
    fc.constantFrom('\u202e', '\u{e0041}', '\ud83d', '\udc69', '\u200d', '漢', 'a', '\u000e', '\u0005'),
    fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(...hostile.map(({ given }) => given)),
  );
  const output = fc.array(part, { maxLength: 60 }).map((parts) => parts.join(''));

  it('SEC-G04 writes nothing but what draws, whatever it reads', () => {
    fc.assert(
      fc.property(output, (given) => {
        const neutraliser = createOutputNeutraliser();
        expect(firstActive(neutraliser.write(given) + neutraliser.end())).toBeUndefined();
      }),
      { numRuns: 3_000 },
    );
  });

  it('SEC-G04 writes the same however its input is cut, and changes its own output no more', () => {
    fc.assert(
      fc.property(output, fc.array(fc.nat(300), { maxLength: 8 }), (given, cuts) => {
        const whole = neutralised(given);
        const at = [0, ...cuts.map((cut) => cut % (given.length + 1)).sort((a, b) => a - b), given.length];
        expect(neutralised(...at.slice(1).map((end, index) => given.slice(at[index], end)))).toBe(whole);
        expect(neutralised(whole)).toBe(whole);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('printed text', () => {
  it('holds words without attributes, parted where the cursor moves', () => {
    const text = createPrintedText();
    expect(text.write(`ku${CSI}1mbe${CSI}0mctl${ESC}]0;title\u0007 get\r\npods${CSI}5;1Htop${CSI}Kx\r\n`)).toBe(
      'kubectl get\npods\ntopx\n',
    );
  });

  it('takes back what a backspace took back', () => {
    expect(createPrintedText().write('kubf\b\u001b[Kectl')).toBe('kubectl');
  });
});
