import { eitherIdArg } from '../../access/request-id.ts';
import { RevokeCommand, revokeFlags } from '../../access/revoke-command.ts';

/** `sallyport grants revoke` */
export default class GrantsRevoke extends RevokeCommand {
  static override summary = 'End a grant at once, with everything that is open on it.';
  static override args = { id: eitherIdArg };
  static override flags = revokeFlags;
  static override examples = ['sallyport grants revoke gnt_01kq5w3s8h4m2n6p7r9t1v3x5z --reason "done early"'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GrantsRevoke);
    const { withSession } = await import('../../session/session.ts');
    await withSession(this.context, flags, (session) => this.revoke(session, args.id, flags));
  }
}
