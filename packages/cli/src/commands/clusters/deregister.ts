import { Args, Flags } from '@oclif/core';
import { sessionFlags } from '../../base-command.ts';
import { ResourceCommand } from '../../resources/resource-command.ts';

/** `sallyport clusters deregister` */
export default class ClustersDeregister extends ResourceCommand {
  static override summary = 'Deregister a cluster; its agents remove what was installed there.';
  static override description =
    'Access through it ends at once, streams and credentials included. Agents that are away at this moment are told when they come back, up to 90 days later.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster' }) };
  static override flags = {
    'keep-objects': Flags.boolean({ summary: 'leave what was installed in the cluster; its agents just stop' }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    ...sessionFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersDeregister);
    const keepsObjects = flags['keep-objects'];
    await this.confirm(
      `Deregister ${args.name}${keepsObjects ? '' : ' and remove its agents from it'}? Everybody loses their access through it.`,
      { isConfirmed: flags.yes },
    );
    const { withSession } = await import('../../session/session.ts');
    const { deregisterCluster } = await import('../../clusters/deregister-cluster.ts');
    const cluster = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      deregisterCluster(api, { organization, name: args.name }, { keepsObjects }),
    );
    const { uninstallLines } = await import('../../clusters/uninstall-lines.ts');
    this.note(`${args.name} is deregistered.`);
    if (keepsObjects) this.note('What was installed is still there. To remove it by hand, in the cluster:');
    else this.note('Its agents remove what was installed. Where none can, remove it by hand, in the cluster:');
    for (const line of uninstallLines(cluster)) this.note(`  ${line}`);
  }
}
