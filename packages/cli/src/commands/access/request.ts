import { randomUUID } from 'node:crypto';
import { AccessCommand } from '../../access/access-command.ts';
import { waitFlags } from '../../access/wait-flags.ts';
import { laterFlags, missingFlags, wishFlags, wishOf } from '../../access/wish.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';
import { canAsk } from '../../input/asker.ts';

/** `sallyport access request` */
export default class AccessRequest extends AccessCommand {
  static override summary = 'Ask for a role for a while.';
  static override description =
    'A request policy says who may ask for which roles where, and who reviews it. With --wait, exit code 0 means that the access is there; 5 that it was denied, 6 that nobody decided in time, 7 that it was cancelled, 8 that --wait-timeout is over.';
  static override flags = { ...wishFlags, ...laterFlags, ...waitFlags, ...outputFlags, ...sessionFlags };
  static override examples = [
    'sallyport access request --cluster production --namespace shop --role developer --duration 1h --reason "OPS-12: pods hang" --wait',
    'sallyport access request -c production --object shop/pods/web-0 -r debugger -d 30m --reason "look at its heap" -o json',
    'sallyport access request --cluster-selector env=test -r admin -d 8h --reason "upgrade" --start-in 2h',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(AccessRequest);
    const { clock } = this.context;
    const isAsking = missingFlags(flags).length > 0 && canAsk(this.context);
    // What is wrong with the flags is told before anything is looked up.
    if (!isAsking) wishOf(flags, clock.now());
    const { withSession } = await import('../../session/session.ts');
    await withSession(this.context, flags, async (session) => {
      const { organization } = session.profile;
      const { fillIn } = await import('../../access/fill-in.ts');
      const choice = isAsking ? await fillIn(flags, { context: this.context, api: session.api, organization }) : flags;
      const body = wishOf(choice, clock.now());
      const request = await session.api.createAccessRequest({ organization, body }, { idempotencyKey: randomUUID() });
      const { describeCreated } = await import('../../access/describe-created.ts');
      for (const line of describeCreated(request, { now: clock.now(), selection: flags, isWaiting: flags.wait }))
        this.note(line);
      await this.follow(session, request, flags, (last) => this.printRequest(flags, last));
    });
  }
}
