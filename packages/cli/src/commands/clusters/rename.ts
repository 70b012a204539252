import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';

/** `sallyport clusters rename` */
export default class ClustersRename extends BaseCommand {
  static override summary = 'Give a cluster another name.';
  static override description =
    'Agents, access and audit stay as they are: all of it goes by the id. Kubeconfigs name the cluster in their address; log in to it again.';
  static override args = {
    name: Args.string({ required: true, description: 'name of the cluster' }),
    newName: Args.string({ required: true, description: 'its new name, a DNS label' }),
  };
  static override flags = sessionFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersRename);
    const { withSession } = await import('../../session/session.ts');
    const { changeCluster } = await import('../../clusters/change-cluster.ts');
    await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      changeCluster(api, { organization, name: args.name }, (document) => ({
        ...document,
        metadata: { ...document.metadata, name: args.newName },
      })),
    );
    this.note(`${args.name} is ${args.newName} now. Get a kubeconfig for it: sallyport kube login ${args.newName}`);
  }
}
