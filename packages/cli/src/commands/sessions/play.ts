import { Flags } from '@oclif/core';
import { parseDuration } from '@sallyport/core';
import { durationFlag } from '../../access/duration-flag.ts';
import { BaseCommand } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { sessionIdArg, viewFlags } from '../../sessions/session-command.ts';

/** `sallyport sessions play` */
export default class SessionsPlay extends BaseCommand {
  static override summary = 'Play a recorded session in the terminal.';
  static override description =
    'Space pauses; the arrows go 10 seconds (left, right) or a minute (down, up) back or on; q quits. Only what draws reaches your terminal: titles, clipboard, links and questions to the terminal are left out.';
  static override args = { id: sessionIdArg };
  static override flags = {
    ...viewFlags,
    speed: Flags.string({ summary: 'how many times as fast', helpValue: 'NUMBER', default: '1' }),
    'idle-limit': durationFlag({ summary: 'longest pause between two outputs; as long as they were by default' }),
    from: durationFlag({ summary: 'where to begin' }),
  };
  static override examples = [
    'sallyport sessions play rec_01kq5w3s8h4m2n6p7r9t1v3x5z --speed 2 --idle-limit 2s --from 1m',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsPlay);
    const speed = speedOf(flags.speed);
    const { viewSession } = await import('../../sessions/view-session.ts');
    const { playCast } = await import('../../sessions/play.ts');
    const { createDamageNotes, readCast } = await import('../../sessions/read-cast.ts');
    await viewSession(this.context, flags, args.id, async ({ readText, at, screen, keys }) => {
      const damage = createDamageNotes();
      const end = await playCast({
        open: async () => readCast(damage.pass((await readText('getRecording', at)).chunks)),
        screen,
        keys,
        clock: this.context.clock,
        speed,
        idleLimitMs: flags['idle-limit'] === undefined ? Number.POSITIVE_INFINITY : parseDuration(flags['idle-limit']),
        fromMs: flags.from === undefined ? 0 : parseDuration(flags.from),
      });
      if (end === 'end') damage.check();
      return undefined;
    });
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
