import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../../base-command.ts';

/** `sallyport clusters agents revoke` */
export default class ClustersAgentsRevoke extends BaseCommand {
  static override summary = 'Void the certificates of an agent and end its tunnels.';
  static override description = 'To come back, an agent needs a new join token: sallyport clusters manifest NAME';
  static override args = {
    name: Args.string({ required: true, description: 'name of the cluster' }),
    id: Args.string({ required: true, description: 'id of the agent' }),
  };
  static override flags = sessionFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersAgentsRevoke);
    const { withSession } = await import('../../../session/session.ts');
    await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.revokeAgent({ organization, name: args.name, id: args.id }),
    );
    this.note(`The agent ${args.id} of ${args.name} is revoked.`);
  }
}
