import { Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../base-command.ts';
import { reportLogout } from '../output/logout-report.ts';

/** `sallyport logout` */
export default class Logout extends BaseCommand {
  static override summary = 'End your login session, here and at the server.';
  static override flags = {
    all: Flags.boolean({ summary: 'end the session of every profile', exclusive: ['server', 'profile'] }),
    ...sessionFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Logout);
    const { logout } = await import('../session/logout.ts');
    const { kubeconfigPaths } = await import('../kube/kubeconfig-files.ts');
    const kubeconfigs = kubeconfigPaths(this.context, undefined);
    reportLogout(await logout(this.context, { ...flags, isAll: flags.all, kubeconfigs }), (line) => this.note(line));
  }
}
