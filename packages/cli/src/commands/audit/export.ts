import { Args, Flags } from '@oclif/core';
import { EXPORT_COUNT_HEADER } from '@sallyport/core/api';
import { filterFlags, filterOf } from '../../audit/filter-flags.ts';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { createProgress } from '../../output/progress.ts';
import { writeWhole } from '../../output/write-whole.ts';

// Ten million events take hours on a slow line.
const EXPORT_TIMEOUT_MS = 12 * 3_600_000;
const LINE_FEED = /\n/g;

/** `sallyport audit export` */
export default class AuditExport extends BaseCommand {
  static override summary = 'Write audit events to stdout, as lines of JSON or as CSV.';
  static override description =
    'Exports what is in the log when it begins. Cells of CSV that a spreadsheet would take for formulas have an apostrophe in front. The export is itself in the audit log.';
  static override args = { words: Args.string({ description: 'words to look for', multiple: true }) };
  static override flags = {
    ...filterFlags,
    output: Flags.option({
      char: 'o',
      summary: 'form of the export',
      options: ['ndjson', 'csv'] as const,
      default: 'ndjson' as const,
    })(),
    fields: Flags.string({ summary: 'only these fields, columns of CSV', helpValue: 'at,code,principal.userName' }),
    oldest: Flags.boolean({ summary: 'oldest first' }),
    ...sessionFlags,
  };
  static override strict = false;
  static override examples = [
    'sallyport audit export --since 30d -o csv > audit.csv',
    'sallyport audit export --cluster production --oldest > production.ndjson',
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AuditExport);
    const { withSession } = await import('../../session/session.ts');
    const { stdout, clock } = this.context;
    const filter = filterOf(flags, clock.now(), argv as string[]);
    const progress = createProgress(this.context);
    try {
      await withSession(
        this.context,
        flags,
        async ({ readText, profile: { organization } }) => {
          const { headers, chunks } = await readText('exportAuditEvents', {
            organization,
            ...filter,
            format: flags.output,
            order: flags.oldest ? 'oldest' : 'newest',
            ...(flags.fields !== undefined && { fields: flags.fields }),
          });
          const total = Number(headers.get(EXPORT_COUNT_HEADER) ?? 0);
          let written = flags.output === 'csv' ? -1 : 0;
          for await (const chunk of chunks) {
            await writeWhole(stdout, chunk);
            written += chunk.match(LINE_FEED)?.length ?? 0;
            progress.show(`${Math.max(0, written)} of ${total} events`);
          }
        },
        { timeoutMs: EXPORT_TIMEOUT_MS },
      );
    } finally {
      progress.clear();
    }
  }
}
