import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../../base-command.ts';

/** `sallyport clusters join-tokens revoke` */
export default class ClustersJoinTokensRevoke extends BaseCommand {
  static override summary = 'Revoke a join token, so that nobody can enrol with it any more.';
  static override args = {
    name: Args.string({ required: true, description: 'name of the cluster' }),
    id: Args.string({ required: true, description: 'id of the join token' }),
  };
  static override flags = sessionFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersJoinTokensRevoke);
    const { withSession } = await import('../../../session/session.ts');
    await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.revokeJoinToken({ organization, name: args.name, id: args.id }),
    );
    this.note(`The join token ${args.id} of ${args.name} is revoked.`);
  }
}
