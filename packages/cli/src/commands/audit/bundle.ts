import { Flags } from '@oclif/core';
import { BUNDLE_TIMEOUT_MS } from '../../audit/verify-bundle.ts';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { createProgress } from '../../output/progress.ts';
import { writeWhole } from '../../output/write-whole.ts';

const ENTRY = /^\{"type":"entry"/gm;

/** `sallyport audit bundle` */
export default class AuditBundle extends BaseCommand {
  static override summary =
    'Write the whole audit log to stdout, with everything that it takes to verify it elsewhere.';
  static override description =
    'Lines of JSON: keys, every event with its hash and salt, signed checkpoints. `sallyport audit verify --bundle FILE` verifies them without any server. The export is itself in the audit log.';
  static override flags = {
    installation: Flags.boolean({ summary: 'the log of what belongs to no organization' }),
    recordings: Flags.boolean({ summary: 'with the hashes of stored session recordings, too' }),
    ...sessionFlags,
  };
  static override examples = [
    'sallyport audit bundle > audit.ndjson',
    'sallyport audit bundle --installation > installation.ndjson',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditBundle);
    const { withSession } = await import('../../session/session.ts');
    const progress = createProgress(this.context);
    try {
      await withSession(
        this.context,
        flags,
        async ({ readText, profile: { organization } }) => {
          const { chunks } = await readText('exportAuditBundle', {
            organization,
            log: flags.installation ? 'installation' : 'organization',
            recordings: flags.recordings ? 'compare' : 'skip',
          });
          let written = 0;
          for await (const chunk of chunks) {
            await writeWhole(this.context.stdout, chunk);
            written += chunk.match(ENTRY)?.length ?? 0;
            progress.show(`${written} entries`);
          }
        },
        { timeoutMs: BUNDLE_TIMEOUT_MS },
      );
    } finally {
      progress.clear();
    }
  }
}
