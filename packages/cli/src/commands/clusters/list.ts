import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { clusterView } from '../../output/cluster-view.ts';

/** `sallyport clusters list` */
export default class ClustersList extends BaseCommand {
  static override summary = 'List the clusters you may see.';
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(ClustersList);
    const { withSession } = await import('../../session/session.ts');
    const { listAll } = await import('../../resources/list-all.ts');
    const items = await withSession(this.context, flags, ({ api, profile }) =>
      listAll((page) => api.listClusters({ organization: profile.organization, ...page })),
    );
    if (items.length === 0) this.note('There is no cluster that you may see.');
    await this.printList(flags, items, clusterView);
  }
}
