import { Flags } from '@oclif/core';
import { AccessCommand } from '../../access/access-command.ts';
import { durationFlag } from '../../access/duration-flag.ts';
import { requestIdArg } from '../../access/request-id.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { canAsk, createAsker } from '../../input/asker.ts';

/** `sallyport access approve` */
export default class AccessApprove extends AccessCommand {
  static override summary = 'Approve an access request of somebody else, as it is now.';
  static override description =
    'Shows what is approved and, at a terminal, asks. The approval binds exactly that: when the request, its role or its request policy changed meanwhile, it is refused.';
  static override args = { id: requestIdArg };
  static override flags = {
    reason: Flags.string({ summary: 'what the others should know', helpValue: 'TEXT' }),
    duration: durationFlag({ char: 'd', summary: 'for a shorter time than was asked for' }),
    yes: Flags.boolean({ char: 'y', summary: 'approve without asking' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport access approve req_01kq5w3s8h4m2n6p7r9t1v3x5z',
    'sallyport access approve req_01kq5w3s8h4m2n6p7r9t1v3x5z --duration 30m --reason "half an hour must do" --yes',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AccessApprove);
    const { withSession } = await import('../../session/session.ts');
    const { formatCard } = await import('../../output/card.ts');
    const { describeReviewed } = await import('../../access/describe-reviewed.ts');
    await withSession(this.context, flags, async (session) => {
      const { api, profile } = session;
      const request = await this.readRequest(session, args.id);
      // What is decided already is refused by the server, in its own words.
      if (request.state === 'pending') {
        this.context.stderr.write(formatCard(await this.cardOf(session, request)));
        if (!flags.yes && canAsk(this.context)) await this.#ask(flags.duration);
      }
      const reviewed = await api.reviewAccessRequest({
        organization: profile.organization,
        id: args.id,
        body: {
          verdict: 'approve',
          contentSha256: request.contentSha256,
          ...(flags.reason !== undefined && { reason: flags.reason }),
          ...(flags.duration !== undefined && { duration: flags.duration }),
        },
      });
      this.note(describeReviewed(reviewed, this.context.clock.now()));
      await this.printRequest(flags, reviewed);
    });
  }

  async #ask(duration: string | undefined): Promise<void> {
    const asker = createAsker(this.context);
    try {
      const answer = await asker.ask(`\nApprove this${duration === undefined ? '' : ` for ${duration}`}? [y/N] `);
      if (/^y(es)?$/i.test(answer ?? '')) return;
    } finally {
      await asker.close();
    }
    throw new CliError({
      code: 'ERR_CLI_NOT_CONFIRMED',
      message: 'not approved; the request is as it was',
      nextStep: 'To deny it: sallyport access deny ID --reason TEXT.',
    });
  }
}
