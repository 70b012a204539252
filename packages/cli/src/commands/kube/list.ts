import { BaseCommand, kubeconfigFlag, outputFlags } from '../../base-command.ts';

/** `sallyport kube list` */
export default class KubeList extends BaseCommand {
  static override summary = 'List our contexts in your kubeconfig, with what you hold for a while on each cluster.';
  static override flags = { kubeconfig: kubeconfigFlag, ...outputFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(KubeList);
    const { findContexts, kubeconfigPaths } = await import('../../kube/kubeconfig-files.ts');
    const contexts = await findContexts(kubeconfigPaths(this.context, flags.kubeconfig));
    if (contexts.length === 0) this.note('There is no context of ours. Run "sallyport kube login".');
    const { endingSoon, heldText } = await import('../../output/held-grants.ts');
    const { readContextGrants } = await import('../../kube/context-grants.ts');
    const now = this.context.clock.now();
    const held = await readContextGrants(
      this.context,
      contexts.map(({ owner }) => owner),
    );
    const rows = contexts.map(({ owner, name, ...rest }) => {
      const grants = held.get(owner);
      return { context: name, ...owner, ...rest, ...(grants !== undefined && { grants }) };
    });
    const all = new Map(rows.flatMap(({ grants = [] }) => grants.map((grant) => [grant.id, grant] as const)));
    for (const line of endingSoon([...all.values()], now)) this.note(line);
    await this.printList(flags, rows, {
      kind: 'context',
      name: (it) => it.context,
      columns: [
        { header: 'CURRENT', cell: (it) => (it.isCurrent ? '*' : '') },
        { header: 'CONTEXT', cell: (it) => it.context },
        { header: 'CLUSTER', cell: (it) => it.cluster },
        { header: 'ORGANIZATION', cell: (it) => it.organization },
        { header: 'NAMESPACE', cell: (it) => it.namespace ?? '-' },
        { header: 'GRANTS', cell: (it) => (it.grants === undefined ? 'unknown' : heldText(it.grants, now)) },
        { header: 'ACCOUNT', cell: (it) => it.account ?? '-', isWide: true },
        { header: 'SERVER', cell: (it) => it.server, isWide: true },
        { header: 'KUBECONFIG', cell: (it) => it.file, isWide: true },
      ],
    });
  }
}
