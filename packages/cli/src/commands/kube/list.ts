import { BaseCommand, kubeconfigFlag, outputFlags } from '../../base-command.ts';

/** `sallyport kube list` */
export default class KubeList extends BaseCommand {
  static override summary = 'List our contexts in your kubeconfig.';
  static override flags = { kubeconfig: kubeconfigFlag, ...outputFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(KubeList);
    const { findContexts, kubeconfigPaths } = await import('../../kube/kubeconfig-files.ts');
    const contexts = await findContexts(kubeconfigPaths(this.context, flags.kubeconfig));
    if (contexts.length === 0) this.note('There is no context of ours. Run "sallyport kube login".');
    const rows = contexts.map(({ owner, name, ...rest }) => ({ context: name, ...owner, ...rest }));
    await this.printList(flags, rows, {
      kind: 'context',
      name: (it) => it.context,
      columns: [
        { header: 'CURRENT', cell: (it) => (it.isCurrent ? '*' : '') },
        { header: 'CONTEXT', cell: (it) => it.context },
        { header: 'CLUSTER', cell: (it) => it.cluster },
        { header: 'ORGANIZATION', cell: (it) => it.organization },
        { header: 'NAMESPACE', cell: (it) => it.namespace ?? '-' },
        { header: 'ACCOUNT', cell: (it) => it.account ?? '-', isWide: true },
        { header: 'SERVER', cell: (it) => it.server, isWide: true },
        { header: 'KUBECONFIG', cell: (it) => it.file, isWide: true },
      ],
    });
  }
}
