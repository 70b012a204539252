import { randomUUID } from 'node:crypto';
import { Flags } from '@oclif/core';
import { AccessCommand } from '../../access/access-command.ts';
import { durationFlag } from '../../access/duration-flag.ts';
import { placeFlags } from '../../access/place-flags.ts';
import { laterFlags, wishOf } from '../../access/wish.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';
import { grantTime } from '../../output/grant-view.ts';
import { neutralise } from '../../output/neutralise.ts';

/** `sallyport grants create` */
export default class GrantsCreate extends AccessCommand {
  static override summary = 'Grant a role to somebody else for a while, without a request.';
  static override description = 'You can give away what you hold yourself, not what was granted to you for a while.';
  static override flags = {
    user: Flags.string({ required: true, summary: 'who gets it', helpValue: 'NAME' }),
    role: Flags.string({ char: 'r', required: true, summary: 'role to grant', helpValue: 'NAME' }),
    ...placeFlags,
    duration: durationFlag({ char: 'd', required: true, summary: 'for how long, e.g. 1h' }),
    reason: Flags.string({ required: true, summary: 'why', helpValue: 'TEXT' }),
    start: laterFlags.start,
    'start-in': laterFlags['start-in'],
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport grants create --user ann@example.com --role developer --cluster production --duration 2h --reason "on call tonight"',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(GrantsCreate);
    const { withSession } = await import('../../session/session.ts');
    const now = this.context.clock.now();
    const body = { ...wishOf(flags, now), user: flags.user };
    const grant = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.createGrant({ organization, body }, { idempotencyKey: randomUUID() }),
    );
    this.note(neutralise(`Granted: ${grant.user} has ${grant.role} ${grantTime(grant, now)}.`));
    await this.printGrant(flags, grant);
  }
}
