import { Flags } from '@oclif/core';
import { AccessCommand } from '../../access/access-command.ts';
import { requestIdArg } from '../../access/request-id.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { neutralise } from '../../output/neutralise.ts';

/** `sallyport access follow-up` */
export default class AccessFollowUp extends AccessCommand {
  static override summary = 'Say what the review after a break-glass use came to.';
  static override args = { id: requestIdArg };
  static override flags = {
    justified: Flags.boolean({ summary: 'it was an emergency, and dealt with properly', exclusive: ['unjustified'] }),
    unjustified: Flags.boolean({ summary: 'it was not' }),
    reason: Flags.string({ required: true, summary: 'what it goes by', helpValue: 'TEXT' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport access list --to-follow-up',
    'sallyport access follow-up req_01kq5w3s8h4m2n6p7r9t1v3x5z --justified --reason "INC-4711, read with the team"',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AccessFollowUp);
    if (flags.justified === flags.unjustified) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: 'either --justified or --unjustified must be given',
        nextStep: `Run "sallyport access show ${neutralise(args.id)}" to see what was done.`,
      });
    }
    const { withSession } = await import('../../session/session.ts');
    const body = { verdict: flags.justified ? 'justified' : 'unjustified', reason: flags.reason } as const;
    const request = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.followUpAccessRequest({ organization, id: args.id, body }),
    );
    this.note(neutralise(`Reviewed: the use by ${request.requester} was ${body.verdict}.`));
    await this.printRequest(flags, request);
  }
}
