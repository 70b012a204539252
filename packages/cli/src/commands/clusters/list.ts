import { BaseCommand, outputFlag, serverFlag } from '../../base-command.ts';
import { clusterView } from '../../output/cluster-view.ts';
import { formatList } from '../../output/format.ts';

/** `sallyport clusters list` */
export default class ClustersList extends BaseCommand {
  static override summary = 'List the clusters you may see.';
  static override flags = { output: outputFlag, server: serverFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(ClustersList);
    const { withSession } = await import('../../session/session.ts');
    const { items } = await withSession(this.context, flags, ({ api, profile }) =>
      api.listClusters(profile.organization),
    );
    if (items.length === 0) this.note('There is no cluster that you may see.');
    this.data(await formatList(flags.output, items, clusterView));
  }
}
