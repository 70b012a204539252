import { Flags } from '@oclif/core';
import { BaseCommand, kubeconfigFlag, outputFlags, sessionFlags } from '../../base-command.ts';

/** `sallyport kube login` */
export default class KubeLogin extends BaseCommand {
  static override summary = 'Write contexts for kubectl into your kubeconfig.';
  static override flags = {
    cluster: Flags.string({ summary: 'name of the cluster', helpValue: 'NAME', exclusive: ['all'] }),
    all: Flags.boolean({ summary: 'every cluster that you may see' }),
    kubeconfig: kubeconfigFlag,
    'set-current': Flags.boolean({ summary: 'make the context the current one' }),
    ...sessionFlags,
    ...outputFlags,
  };
  static override examples = ['sallyport kube login', 'sallyport kube login --cluster prod-eu --set-current'];

  async run(): Promise<void> {
    const { flags } = await this.parse(KubeLogin);
    const { kubeLogin } = await import('../../kube/kube-login.ts');
    const { kubeconfigToWrite } = await import('../../kube/kubeconfig-files.ts');
    const contexts = await kubeLogin(this.context, {
      server: flags.server,
      profile: flags.profile,
      clusters: flags.all ? 'all' : flags.cluster === undefined ? 'only' : { name: flags.cluster },
      kubeconfig: kubeconfigToWrite(this.context, flags.kubeconfig),
      isCurrent: flags['set-current'],
    });
    await this.printList(flags, contexts, {
      kind: 'context',
      name: (it) => it.context,
      columns: [
        { header: 'CURRENT', cell: (it) => (it.isCurrent ? '*' : '') },
        { header: 'CONTEXT', cell: (it) => it.context },
        { header: 'CLUSTER', cell: (it) => it.cluster },
        { header: 'KUBECONFIG', cell: (it) => it.kubeconfig, isWide: true },
      ],
    });
  }
}
