import { Args, Flags } from '@oclif/core';
import { type IdOf, isId } from '@sallyport/core';
import { timesOf } from '../../../audit/filter-flags.ts';
import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { CliError } from '../../../errors.ts';
import { legalHoldView } from '../../../output/retention-view.ts';

/** `sallyport audit holds create` */
export default class AuditHoldsCreate extends BaseCommand {
  static override summary = 'Order that audit events and recordings are kept, whatever their retention says.';
  static override description =
    'Conditions that are given must all hold; without any, everything of the organization is kept. The hold is in force at once and until it is released.';
  static override args = { name: Args.string({ required: true, description: 'name of the hold, e.g. case-2026-17' }) };
  static override flags = {
    reason: Flags.string({ summary: 'why', helpValue: 'TEXT', required: true }),
    user: Flags.string({ summary: 'what this person did', helpValue: 'NAME' }),
    cluster: Flags.string({ summary: 'what happened in this cluster', helpValue: 'NAME' }),
    since: Flags.string({ summary: 'what happened at or after, e.g. 30d or 2026-01-31T12:00:00Z', helpValue: 'TIME' }),
    until: Flags.string({ summary: 'what happened before', helpValue: 'TIME' }),
    request: Flags.string({ summary: 'what names this access request', helpValue: 'ID' }),
    recording: Flags.string({ summary: 'this recording, and what tells of it', helpValue: 'ID' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport audit holds create case-17 --user eva@example.com --reason "asked for by counsel"',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditHoldsCreate);
    const { withSession } = await import('../../../session/session.ts');
    const { from, to } = timesOf(flags, this.context.clock.now());
    const body = {
      name: args.name,
      reason: flags.reason,
      selection: {
        ...(flags.user !== undefined && { principal: flags.user }),
        ...(flags.cluster !== undefined && { cluster: flags.cluster }),
        ...(from !== undefined && { since: from }),
        ...(to !== undefined && { until: to }),
        ...(flags.request !== undefined && { accessRequest: idOf('accessRequest', flags.request) }),
        ...(flags.recording !== undefined && { recording: idOf('sessionRecording', flags.recording) }),
      },
    };
    const hold = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.createLegalHold({ organization, body }),
    );
    await this.printOne(flags, hold, legalHoldView);
  }
}

function idOf<Kind extends 'accessRequest' | 'sessionRecording'>(kind: Kind, text: string): IdOf<Kind> {
  if (isId(kind, text)) return text;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(text.slice(0, 64))} is not the id of ${kind === 'accessRequest' ? 'an access request' : 'a recording'}`,
    nextStep: 'Ids of access requests begin with req_, those of recordings with rec_.',
  });
}
