import { Flags } from '@oclif/core';
import { AccessCommand } from '../../access/access-command.ts';
import { requestIdArg } from '../../access/request-id.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';
import { neutralise } from '../../output/neutralise.ts';

/** `sallyport access deny` */
export default class AccessDeny extends AccessCommand {
  static override summary = 'Deny an access request of somebody else. One denial is enough.';
  static override args = { id: requestIdArg };
  static override flags = {
    reason: Flags.string({ required: true, summary: 'why; the requester sees it', helpValue: 'TEXT' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = ['sallyport access deny req_01kq5w3s8h4m2n6p7r9t1v3x5z --reason "not during the freeze"'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AccessDeny);
    const { withSession } = await import('../../session/session.ts');
    const body = { verdict: 'deny', reason: flags.reason } as const;
    const request = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.reviewAccessRequest({ organization, id: args.id, body }),
    );
    this.note(neutralise(`Denied: ${request.requester} does not get ${request.role}.`));
    await this.printRequest(flags, request);
  }
}
