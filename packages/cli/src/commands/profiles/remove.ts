import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { reportLogout } from '../../output/logout-report.ts';

/** `sallyport profiles remove` */
export default class ProfilesRemove extends BaseCommand {
  static override summary = 'Log out of a profile and forget it.';
  static override args = { profile: Args.string({ required: true, description: 'name of the profile' }) };

  async run(): Promise<void> {
    const { args } = await this.parse(ProfilesRemove);
    const { kubeconfigPaths } = await import('../../kube/kubeconfig-files.ts');
    const { logout } = await import('../../session/logout.ts');
    const kubeconfigs = kubeconfigPaths(this.context, undefined);
    reportLogout(await logout(this.context, { profile: args.profile, isAll: false, kubeconfigs }), (line) =>
      this.note(line),
    );
  }
}
