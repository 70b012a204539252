import { parseDuration } from '@sallyport/core';
import { durationFlag } from '../../access/duration-flag.ts';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { writeWhole } from '../../output/write-whole.ts';
import { READING_MS, sessionIdArg } from '../../sessions/session-command.ts';

/** `sallyport sessions export` */
export default class SessionsExport extends BaseCommand {
  static override summary = 'Write a recording to standard output as asciicast v2; of a running session, up to now.';
  static override description =
    'What was printed is written as it was: a player that shows it must keep it from acting on the terminal, as "sallyport sessions play" does.';
  static override args = { id: sessionIdArg };
  static override flags = {
    ...sessionFlags,
    from: durationFlag({ summary: 'only what happened this long after its beginning, or later' }),
    to: durationFlag({ summary: 'only what happened this long after its beginning, or before' }),
  };
  static override examples = [
    'sallyport sessions export rec_01kq5w3s8h4m2n6p7r9t1v3x5z > session.cast',
    'sallyport sessions export rec_01kq5w3s8h4m2n6p7r9t1v3x5z --from 1h --to 1h5m > part.cast',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsExport);
    const { createDamageNotes } = await import('../../sessions/read-cast.ts');
    const { withSession } = await import('../../session/session.ts');
    await withSession(
      this.context,
      flags,
      async ({ readText, profile: { organization } }) => {
        const signal = this.context.interruptSignal();
        const part = {
          ...(flags.from !== undefined && { fromSeconds: parseDuration(flags.from) / 1_000 }),
          ...(flags.to !== undefined && { toSeconds: parseDuration(flags.to) / 1_000 }),
        };
        const { chunks } = await readText('getRecording', { organization, id: args.id, ...part }, { signal });
        const damage = createDamageNotes();
        for await (const chunk of damage.pass(chunks)) await writeWhole(this.context.stdout, chunk);
        damage.check();
      },
      { timeoutMs: READING_MS },
    );
  }
}
