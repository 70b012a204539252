import { randomUUID } from 'node:crypto';
import { Flags } from '@oclif/core';
import { AccessCommand } from '../../access/access-command.ts';
import { durationFlag } from '../../access/duration-flag.ts';
import { eitherIdArg, grantIdOf } from '../../access/request-id.ts';
import { waitFlags } from '../../access/wait-flags.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';

/** `sallyport access renew` */
export default class AccessRenew extends AccessCommand {
  static override summary = 'Ask for more time under a grant of yours, before it ends.';
  static override description = 'Reviewed like any other request; the request policy says how long it may last in all.';
  static override args = { id: eitherIdArg };
  static override flags = {
    duration: durationFlag({ char: 'd', required: true, summary: 'for how much longer' }),
    reason: Flags.string({ required: true, summary: 'why, for those who review it', helpValue: 'TEXT' }),
    ...waitFlags,
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport access renew gnt_01kq5w3s8h4m2n6p7r9t1v3x5z --duration 1h --reason "the dump is still running" --wait',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AccessRenew);
    const { withSession } = await import('../../session/session.ts');
    const { describeCreated } = await import('../../access/describe-created.ts');
    await withSession(this.context, flags, async (session) => {
      const id = await grantIdOf(args.id, (requestId) => this.readRequest(session, requestId));
      const request = await session.api.renewGrant(
        {
          organization: session.profile.organization,
          id,
          body: { duration: flags.duration, reason: flags.reason },
        },
        { idempotencyKey: randomUUID() },
      );
      const told = { now: this.context.clock.now(), selection: flags, isWaiting: flags.wait };
      for (const line of describeCreated(request, told)) this.note(line);
      await this.follow(session, request, flags, (last) => this.printRequest(flags, last));
    });
  }
}
