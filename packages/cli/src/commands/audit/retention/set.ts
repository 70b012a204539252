import { Args } from '@oclif/core';
import { auditRetentionSpecSchema, RETAINED } from '@sallyport/core/api';
import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { CliError } from '../../../errors.ts';
import { formatData } from '../../../output/format.ts';
import { retainedRows, retentionView } from '../../../output/retention-view.ts';

/** `sallyport audit retention set` */
export default class AuditRetentionSet extends BaseCommand {
  static override summary = 'Say how long audit events and session recordings are kept.';
  static override description =
    `What is given changes, the rest stays: WHAT=DURATION, WHAT=forever or WHAT=default. WHAT is one of ${RETAINED.join(', ')}. What is over is deleted within the hour and can not be brought back.`;
  static override args = { settings: Args.string({ required: true, multiple: true, description: 'WHAT=DURATION' }) };
  static override strict = false;
  static override flags = { ...outputFlags, ...sessionFlags };
  static override examples = ['sallyport audit retention set proxy=90d admin=forever recordings=default'];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AuditRetentionSet);
    const changes = (argv as string[]).map(parseSetting);
    const { withSession } = await import('../../../session/session.ts');
    const retention = await withSession(this.context, flags, async ({ api, profile: { organization } }) => {
      const { spec, metadata } = await api.getAuditRetention({ organization });
      const next = new Map<string, string | undefined>(Object.entries(spec));
      for (const [what, kept] of changes) next.set(what, kept === 'default' ? undefined : kept);
      const body = auditRetentionSpecSchema.parse(Object.fromEntries(next));
      return api.setAuditRetention({ organization, body }, { ifMatch: metadata.resourceVersion });
    });
    if (flags.output === 'json' || flags.output === 'yaml') this.data(await formatData(flags.output, retention));
    else await this.printList(flags, retainedRows(retention), retentionView);
  }
}

function parseSetting(text: string): readonly [what: string, kept: string] {
  const at = text.indexOf('=');
  const [what, kept] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  const shape = auditRetentionSpecSchema.safeParse(kept === 'default' ? {} : { [what]: kept });
  if (shape.success && RETAINED.some((one) => one === what)) return [what, kept];
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(text.slice(0, 64))} says of nothing that is kept how long it is kept`,
    nextStep: `Write WHAT=90d, WHAT=forever or WHAT=default, at least a day; WHAT is one of ${RETAINED.join(', ')}.`,
  });
}
