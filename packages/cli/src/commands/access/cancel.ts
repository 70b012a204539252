import { Flags } from '@oclif/core';
import { AccessCommand } from '../../access/access-command.ts';
import { requestIdArg } from '../../access/request-id.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';

/** `sallyport access cancel` */
export default class AccessCancel extends AccessCommand {
  static override summary = 'Take a pending access request back.';
  static override args = { id: requestIdArg };
  static override flags = {
    reason: Flags.string({ summary: 'why', helpValue: 'TEXT' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = ['sallyport access cancel req_01kq5w3s8h4m2n6p7r9t1v3x5z'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AccessCancel);
    const { withSession } = await import('../../session/session.ts');
    const body = flags.reason === undefined ? {} : { reason: flags.reason };
    const request = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.cancelAccessRequest({ organization, id: args.id, body }),
    );
    this.note('Cancelled.');
    await this.printRequest(flags, request);
  }
}
