import { createOutputNeutraliser } from '@sallyport/core/terminal';
import type { CliContext } from '../context.ts';
import { writeWhole } from '../output/write-whole.ts';

/** Where recorded output is shown: somebody's terminal, or a pipe. */
export interface Screen {
  /** Shows what of `output` draws. */
  show(output: string): Promise<void>;
  /** Begins anew, with nothing on the screen. */
  clear(): Promise<void>;
  /** Leaves the terminal as it was found. */
  restore(): Promise<void>;
}

/** @param isTty the session had a terminal, so that its line feeds are meant as they are */
export function openScreen({ stdout, env, platform }: CliContext, isTty: boolean): Screen {
  const isTerminal = stdout.isTTY === true;
  const options = { isAscii: isTerminal && !readsUtf8(env, platform) };
  let neutraliser = createOutputNeutraliser(options);
  // This terminal returns the carriage with each line feed, which that one did not: IND moves down alone.
  const adapt = (text: string) => (isTerminal && isTty ? text.replaceAll('\n', '\u001bD') : text);
  return {
    async show(output) {
      await writeWhole(stdout, adapt(neutraliser.write(output)));
    },
    async clear() {
      await writeWhole(stdout, `${neutraliser.end()}\u001b[H\u001b[2J`);
      neutraliser = createOutputNeutraliser(options);
    },
    async restore() {
      await writeWhole(stdout, neutraliser.end());
    },
  };
}

/** What POSIX locales say of the terminal's character set; without a word of it, it is taken for UTF-8 as most are. */
function readsUtf8(env: CliContext['env'], platform: NodeJS.Platform): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return platform === 'win32' || !locale.includes('.') || /utf-?8/i.test(locale);
}
