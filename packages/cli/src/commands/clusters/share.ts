import { Args, Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';

/** `sallyport clusters share` */
export default class ClustersShare extends BaseCommand {
  static override summary = 'Let further projects use a cluster, or no longer.';
  static override description = 'Those projects use the cluster by their own bindings; they never administer it.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster' }) };
  static override flags = {
    with: Flags.string({ summary: 'project that may use it from now on', helpValue: 'PROJECT', multiple: true }),
    unshare: Flags.string({ summary: 'project that may not use it any more', helpValue: 'PROJECT', multiple: true }),
    ...sessionFlags,
  };
  static override examples = ['sallyport clusters share prod-eu --with payments --unshare web'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersShare);
    const { with: added = [], unshare: removed = [] } = flags;
    if (added.length + removed.length === 0) {
      const { CliError } = await import('../../errors.ts');
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: 'no project is named',
        nextStep: 'Write --with PROJECT or --unshare PROJECT.',
      });
    }
    const { withSession } = await import('../../session/session.ts');
    const { changeCluster } = await import('../../clusters/change-cluster.ts');
    const cluster = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      changeCluster(api, { organization, name: args.name }, (document) => {
        const sharedWith = [...new Set([...(document.spec.sharedWith ?? []), ...added])];
        return {
          ...document,
          spec: { ...document.spec, sharedWith: sharedWith.filter((project) => !removed.includes(project)) },
        };
      }),
    );
    const shared = cluster.spec.sharedWith ?? [];
    this.note(`${args.name} is shared with ${shared.length === 0 ? 'no other project' : shared.join(', ')}.`);
  }
}
