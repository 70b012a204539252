import { Args, Flags } from '@oclif/core';
import { filterFlags, filterOf } from '../../audit/filter-flags.ts';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { auditEventView } from '../../output/audit-view.ts';
import { formatTable } from '../../output/table.ts';

// A tail goes on as long as its login session: longer than any of those lasts.
const TAIL_TIMEOUT_MS = 2_147_483_647;
const { since: _, until: __, ...liveFlags } = filterFlags;

/** `sallyport audit tail` */
export default class AuditTail extends BaseCommand {
  static override summary = 'Follow audit events as they come.';
  static override description =
    'Goes on until it is interrupted or the login session ends. When the connection is lost it comes back to where it was: no event is missed, none is shown twice.';
  static override args = { words: Args.string({ description: 'words to look for', multiple: true }) };
  static override flags = {
    ...liveFlags,
    output: Flags.option({
      char: 'o',
      summary: 'form of the output; json has one event on each line',
      options: ['table', 'wide', 'json'] as const,
      default: 'table' as const,
    })(),
    ...sessionFlags,
  };
  static override strict = false;
  static override examples = [
    'sallyport audit tail --severity warning,critical',
    'sallyport audit tail -c production -o json',
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AuditTail);
    const { withSession } = await import('../../session/session.ts');
    const { followTail } = await import('../../audit/follow-tail.ts');
    const { escapeJsonText } = await import('../../output/neutralise.ts');
    const { clock } = this.context;
    const filter = filterOf(flags, clock.now(), argv as string[]);
    const signal = this.context.interruptSignal();
    const columns = auditEventView.columns.filter(({ isWide }) => flags.output === 'wide' || !isWide);
    await withSession(
      this.context,
      flags,
      async ({ readText, profile: { organization } }) => {
        const open = (lastEventId: string | undefined) =>
          readText(
            'tailAuditEvents',
            { organization, ...filter },
            { signal, ...(lastEventId !== undefined && { lastEventId }) },
          );
        for await (const news of followTail(open, { clock, signal, note: (line) => this.note(line) })) {
          if (news.kind === 'end') {
            throw new CliError({ code: 'ERR_CLI_TAIL_ENDED', message: `the server ended the tail: ${news.reason}` });
          }
          this.data(
            flags.output === 'json'
              ? `${escapeJsonText(JSON.stringify(news.event))}\n`
              : formatTable([news.event], columns, { isHeadless: true }),
          );
        }
      },
      { timeoutMs: TAIL_TIMEOUT_MS },
    );
  }
}
