import { describe, expect, it } from 'vitest';
import { openScreen } from './screen.ts';

function aScreen(isTTY: boolean, isTty: boolean, env: Record<string, string> = {}) {
  let shown = '';
  const stdout = {
    isTTY,
    write(text: string) {
      shown += text;
    },
  };
  const screen = openScreen({ stdout, env, platform: 'linux' } as unknown as Parameters<typeof openScreen>[0], isTty);
  return { screen, shown: () => shown };
}

const HOSTILE =
  '\u001b]0;owned\u0007\u001b]52;c;eA==\u0007\u001b]8;;https://evil.example\u001b\\link\u001b[6n\u202e\u001b[31mred';

describe('the screen of a recording', () => {
  it.each([true, false])(
    'SEC-G04 shows what draws and nothing that acts, on a terminal (%s) or a pipe',
    async (isTTY) => {
      const { screen, shown } = aScreen(isTTY, false);
      await screen.show(HOSTILE);
      await screen.restore();
      expect(shown()).toBe('link\u001b[31mred\u001b[0m');
    },
  );

  it('SEC-G04 carries nothing over from before it was cleared', async () => {
    const { screen, shown } = aScreen(true, false);
    await screen.show('\u001b[31mred\u001b]0;own');
    await screen.clear();
    await screen.show('ed\u0007plain');
    expect(shown()).toBe('\u001b[31mred\u001b[0m\u001b[H\u001b[2Jedplain');
  });

  it('SEC-G04 shows a terminal that reads no UTF-8 nothing that it could take for a control', async () => {
    const { screen, shown } = aScreen(true, false, { LANG: 'de_DE.ISO-8859-1' });
    await screen.show('Û0c');
    expect(shown()).toBe('?0c');
  });

  it('moves down alone where the session had a terminal, whose line feeds return nothing', async () => {
    const { screen, shown } = aScreen(true, true);
    await screen.show('a\r\nb');
    expect(shown()).toBe('a\r\u001bDb');
  });
});
