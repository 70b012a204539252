import { Args } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { joinTokenView } from '../../../output/agent-view.ts';

/** `sallyport clusters join-tokens list` */
export default class ClustersJoinTokensList extends BaseCommand {
  static override summary = 'List the join tokens of a cluster that can be used still.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster' }) };
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersJoinTokensList);
    const { withSession } = await import('../../../session/session.ts');
    const { items } = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.listJoinTokens({ organization, name: args.name }),
    );
    if (items.length === 0) this.note(`${args.name} has no open join token.`);
    await this.printList(flags, items, joinTokenView);
  }
}
