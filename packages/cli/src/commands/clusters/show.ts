import { Args } from '@oclif/core';
import { BaseCommand, outputFlag, serverFlag } from '../../base-command.ts';
import { clusterView } from '../../output/cluster-view.ts';
import { formatOne } from '../../output/format.ts';

/** `sallyport clusters show` */
export default class ClustersShow extends BaseCommand {
  static override summary = 'Show one cluster.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster' }) };
  static override flags = { output: outputFlag, server: serverFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersShow);
    const { withSession } = await import('../../session/session.ts');
    const cluster = await withSession(this.context, flags, ({ api, profile }) =>
      api.getCluster(profile.organization, args.name),
    );
    this.data(await formatOne(flags.output, cluster, clusterView));
  }
}
