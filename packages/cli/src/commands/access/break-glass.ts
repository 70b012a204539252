import { randomUUID } from 'node:crypto';
import { Flags } from '@oclif/core';
import { placeText } from '@sallyport/core';
import { AccessCommand } from '../../access/access-command.ts';
import { wishFlags, wishOf } from '../../access/wish.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';
import { commandLine } from '../../output/command-line.ts';
import { neutralise } from '../../output/neutralise.ts';
import { formatMoment, formatUntil } from '../../output/time.ts';

/** `sallyport access break-glass` */
export default class AccessBreakGlass extends AccessCommand {
  static override summary =
    'Take a role at once in an emergency. Everybody concerned is told, and the use is reviewed afterwards.';
  static override flags = {
    ...wishFlags,
    yes: Flags.boolean({ char: 'y', summary: 'take it without asking' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport access break-glass --cluster production --role admin --duration 30m --reason "checkout is down" --ticket INC-4711',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(AccessBreakGlass);
    const { clock } = this.context;
    const wish = wishOf(flags, clock.now());
    const place = neutralise(placeText(wish.scope, wish.objects));
    this.note('BREAK-GLASS: you are about to take a role without anybody’s approval.');
    this.note(`  You take:  ${neutralise(wish.role)} on ${place}, for ${wish.duration}, at once.`);
    this.note('  It is written to the audit log as critical, and the reviewers are told now.');
    this.note('  Somebody else reviews every use. Until that is done you may be unable to do this again.');
    const { confirmByYes } = await import('../../input/asker.ts');
    if (!flags.yes) await confirmByYes(this.context, 'Break the glass?');
    const { withSession } = await import('../../session/session.ts');
    const request = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.createAccessRequest({ organization, body: { ...wish, breakGlass: true } }, { idempotencyKey: randomUUID() }),
    );
    const { id, role, grant, followUp } = request;
    const now = clock.now();
    if (grant !== undefined) {
      this.note(neutralise(`The glass is broken: ${role} on ${place} ${formatUntil(grant.endsAt, now)}.`));
      this.note(
        `Give it back as soon as you can:  ${commandLine(['access', 'revoke', id, '--reason', 'TEXT'], flags)}`,
      );
    }
    if (followUp !== undefined) this.note(`Its follow-up review is due ${formatMoment(followUp.dueAt, now)}.`);
    await this.printRequest(flags, request);
  }
}
