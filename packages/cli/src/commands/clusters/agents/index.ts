import { Args } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { agentView } from '../../../output/agent-view.ts';

/** `sallyport clusters agents` */
export default class ClustersAgents extends BaseCommand {
  static override summary = 'List the agents of a cluster.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster' }) };
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersAgents);
    const { withSession } = await import('../../../session/session.ts');
    const { items } = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.listAgents({ organization, name: args.name }),
    );
    if (items.length === 0) this.note(`No agent holds a certificate for ${args.name}.`);
    await this.printList(flags, items, agentView);
  }
}
