import { Flags } from '@oclif/core';
import type { LogFinding, LogReport } from '@sallyport/audit/proof';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';

/** `sallyport audit verify` */
export default class AuditVerify extends BaseCommand {
  static override summary = 'Verify that nobody has tampered with the audit log.';
  static override description =
    'Reads the log of the current organization, or a bundle that was exported, and checks every event, the tree over them and its signed checkpoints. What was verified once is remembered and compared the next time; checkpoints that a witness keeps (--anchor) also give away a log that was set back or signed anew. Exit code 0: the log holds; 9: it was tampered with, and stdout says how and where.';
  static override flags = {
    bundle: Flags.string({ summary: 'verify this bundle without any server', helpValue: 'FILE' }),
    anchor: Flags.string({
      summary: 'checkpoint that was kept elsewhere, or a folder of such; may be repeated',
      helpValue: 'PATH',
      multiple: true,
    }),
    key: Flags.string({
      summary: 'verifier key (name+id+base64) to trust, and no other; may be repeated',
      helpValue: 'KEY',
      multiple: true,
    }),
    installation: Flags.boolean({ summary: 'the log of what belongs to no organization' }),
    recordings: Flags.boolean({ summary: 'compare stored session recordings with the log, too' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport audit verify',
    'sallyport audit verify --anchor /mnt/witness/checkpoints',
    'sallyport audit verify --bundle audit.ndjson --key access.example.com/audit+1f2e3d4c+AZ…',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditVerify);
    const { readAnchors } = await import('../../audit/read-anchors.ts');
    const anchors = (await Promise.all((flags.anchor ?? []).map(readAnchors))).flat();
    const { createProgress } = await import('../../output/progress.ts');
    const progress = createProgress(this.context);
    const onProgress = (entries: number, size: number) => progress.show(`Verified ${entries} of ${size} entries`);
    let report: LogReport;
    try {
      const { verifyFile, verifyServer } = await import('../../audit/verify-source.ts');
      const options = {
        anchors,
        onProgress,
        note: (line: string) => this.note(line),
        ...(flags.key && { keys: flags.key }),
      };
      report =
        flags.bundle === undefined
          ? await verifyServer(this.context, flags, {
              ...options,
              log: flags.installation ? 'installation' : 'organization',
              recordings: flags.recordings ? 'compare' : 'skip',
            })
          : await verifyFile(this.context, flags.bundle, options);
    } finally {
      progress.clear();
    }
    await this.tell(flags, report);
  }

  private async tell(flags: Parameters<BaseCommand['printList']>[0], report: LogReport): Promise<void> {
    const { findings, furtherFindings, holds } = report;
    if (flags.output !== 'table') {
      await this.printOne(flags, report, { kind: 'log', name: ({ log }) => log, columns: [] });
    } else if (holds) {
      this.data(`${closingLine(report)}\n`);
    } else {
      await this.printList(flags, findings, {
        kind: 'finding',
        name: ({ kind, index }) => `${kind}/${index ?? ''}`,
        columns: [
          { header: 'TAMPERING', cell: ({ kind }) => kind },
          { header: 'INDEX', cell: placeText },
          { header: 'EVENT', cell: ({ eventId }) => eventId ?? '-' },
          { header: 'TIME', cell: ({ at }) => at ?? '-' },
          { header: 'WHAT', cell: ({ message }) => message },
        ],
      });
    }
    const [first] = findings;
    if (first === undefined) return;
    const others = findings.length + furtherFindings - 1;
    throw new CliError({
      code: 'ERR_CLI_AUDIT_TAMPERED',
      message: `the audit log ${report.log} does not hold: ${first.kind} at ${placeText(first)}${others > 0 ? `, and ${others} more` : ''}`,
      nextStep: 'Keep the database and its backups as they are, and compare with what sinks and witnesses received.',
    });
  }
}

function closingLine({ log, entries, removed, checkpoints, anchors, recordings, newestAt }: LogReport): string {
  const parts = [
    counted(entries, 'entry', 'entries'),
    ...(newestAt === undefined ? [] : [`until ${newestAt}`]),
    ...(removed > 0 ? [`${removed} of them taken by retention`] : []),
    counted(checkpoints, 'checkpoint'),
    ...(recordings > 0 ? [counted(recordings, 'recording')] : []),
    anchors > 0 ? `compared with ${anchors} kept elsewhere` : 'compared with none kept elsewhere',
  ];
  return `The audit log ${log} holds: ${parts.join(', ')}.`;
}

function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

function placeText({ index, lastIndex }: LogFinding): string {
  if (index === undefined) return '-';
  return lastIndex === undefined ? String(index) : `${index}-${lastIndex}`;
}
