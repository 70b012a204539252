import { Args } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { clusterView } from '../../output/cluster-view.ts';

/** `sallyport clusters show` */
export default class ClustersShow extends BaseCommand {
  static override summary = 'Show one cluster.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster' }) };
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersShow);
    const { withSession } = await import('../../session/session.ts');
    const cluster = await withSession(this.context, flags, ({ api, profile }) =>
      api.getCluster({ organization: profile.organization, name: args.name }),
    );
    await this.printOne(flags, cluster, clusterView);
  }
}
