import { AccessCommand } from '../../access/access-command.ts';
import { requestIdArg } from '../../access/request-id.ts';
import { waitFlags } from '../../access/wait-flags.ts';
import { outputFlags, sessionFlags } from '../../base-command.ts';

/** `sallyport access show` */
export default class AccessShow extends AccessCommand {
  static override summary = 'Show an access request: what is asked, what the role gives, who reviews, what happened.';
  static override args = { id: requestIdArg };
  static override flags = { ...waitFlags, ...outputFlags, ...sessionFlags };
  static override examples = [
    'sallyport access show req_01kq5w3s8h4m2n6p7r9t1v3x5z',
    'sallyport access show req_01kq5w3s8h4m2n6p7r9t1v3x5z --wait && kubectl get pods',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AccessShow);
    const { withSession } = await import('../../session/session.ts');
    await withSession(this.context, flags, async (session) => {
      const request = await this.readRequest(session, args.id);
      await this.follow(session, request, flags, async (last) => {
        if (flags.output !== 'table' && flags.output !== 'wide') return this.printRequest(flags, last);
        const { formatCard } = await import('../../output/card.ts');
        const { nextCommands } = await import('../../access/request-card.ts');
        const commands = nextCommands(last, await this.mayWithGrant(session, last), flags);
        this.data(formatCard([...(await this.cardOf(session, last)), ...commands]));
      });
    });
  }
}
