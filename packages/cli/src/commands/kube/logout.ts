import { Flags } from '@oclif/core';
import { BaseCommand, kubeconfigFlag, sessionFlags } from '../../base-command.ts';
import { neutralise } from '../../output/neutralise.ts';

/** `sallyport kube logout` */
export default class KubeLogout extends BaseCommand {
  static override summary = 'Take our contexts out of your kubeconfig and forget their cached credentials.';
  static override flags = {
    cluster: Flags.string({ summary: 'only this cluster', helpValue: 'NAME', exclusive: ['all'] }),
    all: Flags.boolean({ summary: 'of every profile', exclusive: ['server', 'profile'] }),
    kubeconfig: kubeconfigFlag,
    ...sessionFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(KubeLogout);
    const { kubeLogout } = await import('../../kube/kube-logout.ts');
    const { kubeconfigPaths } = await import('../../kube/kubeconfig-files.ts');
    const { removed, dangling, notRevoked } = await kubeLogout(this.context, {
      server: flags.server,
      profile: flags.profile,
      isAll: flags.all,
      isFileNamed: flags.kubeconfig !== undefined,
      kubeconfigs: kubeconfigPaths(this.context, flags.kubeconfig),
      ...(flags.cluster !== undefined && { cluster: flags.cluster }),
    });
    this.note(
      removed.length === 0 ? 'There was no context of ours.' : `Removed ${removed.map(neutralise).join(', ')}.`,
    );
    if (notRevoked.length > 0) {
      this.note(`Not revoked: ${notRevoked.join(', ')}. Run "sallyport credentials revoke ID".`);
    }
    if (dangling.length > 0) this.note(`These contexts used what is gone: ${dangling.map(neutralise).join(', ')}.`);
  }
}
