import { Flags } from '@oclif/core';
import { parseDuration } from '@sallyport/core';
import { durationFlag } from '../../access/duration-flag.ts';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { READING_MS, sessionIdArg } from '../../sessions/session-command.ts';

/** `sallyport sessions play` */
export default class SessionsPlay extends BaseCommand {
  static override summary = 'Play a recorded session in the terminal.';
  static override description =
    'Space pauses; the arrows go 10 seconds (left, right) or a minute (down, up) back or on; q quits. Only what draws reaches your terminal: titles, clipboard, links and questions to the terminal are left out.';
  static override args = { id: sessionIdArg };
  static override flags = {
    ...sessionFlags,
    speed: Flags.string({ summary: 'how many times as fast', helpValue: 'NUMBER', default: '1' }),
    'idle-limit': durationFlag({ summary: 'longest pause between two outputs; as long as they were by default' }),
    from: durationFlag({ summary: 'where to begin' }),
    tty: Flags.boolean({ summary: 'take keys from the terminal', default: true, allowNo: true }),
  };
  static override examples = [
    'sallyport sessions play rec_01kq5w3s8h4m2n6p7r9t1v3x5z --speed 2 --idle-limit 2s --from 1m',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsPlay);
    const speed = speedOf(flags.speed);
    const { context } = this;
    const { withSession } = await import('../../session/session.ts');
    const { openKeys } = await import('../../sessions/keys.ts');
    const { openScreen } = await import('../../sessions/screen.ts');
    const { playCast } = await import('../../sessions/play.ts');
    const { readCast } = await import('../../sessions/read-cast.ts');
    await withSession(
      context,
      flags,
      async ({ api, readText, profile: { organization } }) => {
        const at = { organization, id: args.id };
        const { isTty } = await api.getSession(at);
        const signal = context.interruptSignal();
        const screen = openScreen(context, isTty);
        const keys = openKeys(context, signal, flags.tty && context.stdout.isTTY === true);
        try {
          await playCast({
            open: async () => readCast((await readText('getRecording', at)).chunks),
            screen,
            keys,
            clock: context.clock,
            speed,
            idleLimitMs:
              flags['idle-limit'] === undefined ? Number.POSITIVE_INFINITY : parseDuration(flags['idle-limit']),
            fromMs: flags.from === undefined ? 0 : parseDuration(flags.from),
          });
        } finally {
          keys.close();
          await screen.restore();
        }
        signal.throwIfAborted();
      },
      { timeoutMs: READING_MS },
    );
  }
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (speed >= 0.01 && speed <= 1_000) return speed;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(text.slice(0, 64))} is no speed from 0.01 to 1000`,
    nextStep: 'Give a number such as 0.5 or 4.',
  });
}
