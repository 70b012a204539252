import { AccessCommand } from '../../access/access-command.ts';
import { grantIdArg } from '../../access/request-id.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';

/** `sallyport grants show` */
export default class GrantsShow extends AccessCommand {
  static override summary = 'Show a grant: what it gives, for how long, and how it came about.';
  static override args = { id: grantIdArg };
  static override flags = { ...outputFlags, ...sessionFlags };
  static override examples = ['sallyport grants show gnt_01kq5w3s8h4m2n6p7r9t1v3x5z'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GrantsShow);
    const { withSession } = await import('../../session/session.ts');
    const grant = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.getGrant({ organization, id: args.id }),
    );
    if (flags.output !== 'table' && flags.output !== 'wide') return this.printGrant(flags, grant);
    const { formatCard } = await import('../../output/card.ts');
    const { grantCard } = await import('../../access/grant-card.ts');
    this.data(formatCard(grantCard(grant, this.context.clock.now(), flags)));
  }
}
