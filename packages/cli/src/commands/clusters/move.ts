import { Args, Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';

/** `sallyport clusters move` */
export default class ClustersMove extends BaseCommand {
  static override summary = 'Move a cluster to another project.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster' }) };
  static override flags = {
    project: Flags.string({ required: true, summary: 'project that it is to belong to', helpValue: 'PROJECT' }),
    ...sessionFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersMove);
    const { withSession } = await import('../../session/session.ts');
    const { changeCluster } = await import('../../clusters/change-cluster.ts');
    await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      changeCluster(api, { organization, name: args.name }, (document) => ({
        ...document,
        spec: { ...document.spec, project: flags.project },
      })),
    );
    this.note(`${args.name} belongs to the project ${flags.project} now.`);
  }
}
