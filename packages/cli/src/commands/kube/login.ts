import { Flags } from '@oclif/core';
import { BaseCommand, kubeconfigFlag, outputFlags, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import type { WrittenContext } from '../../kube/kube-login.ts';
import { neutralise } from '../../output/neutralise.ts';

/** `sallyport kube login` */
export default class KubeLogin extends BaseCommand {
  static override summary = 'Write contexts for kubectl into your kubeconfig.';
  static override description =
    'By default kubectl asks a plugin for a credential that lives for minutes, and the kubeconfig holds no secret. Where no plugin can run, --credential certificate or token writes a credential into the file instead: whoever reads the file acts as you until it ends or is revoked. docs/credentials.md compares the forms.';
  static override flags = {
    cluster: Flags.string({ summary: 'name of the cluster', helpValue: 'NAME', exclusive: ['all'] }),
    all: Flags.boolean({ summary: 'every cluster that you may see' }),
    credential: Flags.option({
      options: ['exec', 'certificate', 'token'] as const,
      default: 'exec' as const,
      summary: 'what the kubeconfig holds: the plugin, a client certificate or a static token',
    })(),
    lifetime: Flags.string({
      summary: 'life of a certificate or token, e.g. 30m; by default an hour, or what you are allowed',
      helpValue: 'DURATION',
    }),
    kubeconfig: kubeconfigFlag,
    'set-current': Flags.boolean({ summary: 'make the context the current one' }),
    ...sessionFlags,
    ...outputFlags,
  };
  static override examples = [
    'sallyport kube login',
    'sallyport kube login --cluster prod-eu --set-current',
    'sallyport kube login --all --credential token --lifetime 30m --kubeconfig ci.kubeconfig',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(KubeLogin);
    const { credential: form, lifetime } = flags;
    if (form === 'exec' && lifetime !== undefined) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: '--lifetime is for credentials that the kubeconfig holds, and the plugin renews its own',
        nextStep: 'Leave it out, or add --credential certificate or --credential token.',
      });
    }
    const { kubeLogin } = await import('../../kube/kube-login.ts');
    const { kubeconfigToWrite } = await import('../../kube/kubeconfig-files.ts');
    const { contexts, leftOut, notRevoked } = await kubeLogin(this.context, {
      server: flags.server,
      profile: flags.profile,
      clusters: flags.all ? 'all' : flags.cluster === undefined ? 'only' : { name: flags.cluster },
      kubeconfig: kubeconfigToWrite(this.context, flags.kubeconfig),
      isCurrent: flags['set-current'],
      form,
      ...(lifetime !== undefined && { lifetime }),
    });
    for (const note of notesOn(contexts)) this.note(note);
    if (leftOut.length > 0) this.note(`You get no credential for ${leftOut.map(neutralise).join(', ')}: left out.`);
    if (notRevoked.length > 0) {
      this.note(`Replaced, but not revoked: ${notRevoked.join(', ')}. Run "sallyport credentials revoke ID".`);
    }
    await this.printList(flags, contexts, {
      kind: 'context',
      name: (it) => it.context,
      columns: [
        { header: 'CURRENT', cell: (it) => (it.isCurrent ? '*' : '') },
        { header: 'CONTEXT', cell: (it) => it.context },
        { header: 'CLUSTER', cell: (it) => it.cluster },
        { header: 'CREDENTIAL', cell: (it) => it.credential?.kind ?? 'exec' },
        { header: 'EXPIRES', cell: (it) => it.credential?.expiresAt.toISOString() ?? '-' },
        { header: 'ID', cell: (it) => it.credential?.id ?? '-', isWide: true },
        { header: 'KUBECONFIG', cell: (it) => it.kubeconfig, isWide: true },
      ],
    });
  }
}

const WHAT = { certificate: 'a private key', token: 'a token' } as const;

/** Says of a file that holds credentials what that means. */
function notesOn(contexts: readonly WrittenContext[]): readonly string[] {
  const held = contexts.flatMap(({ credential }) => credential ?? []);
  const [first] = held;
  if (first === undefined) return [];
  const last = new Date(Math.max(...held.map(({ expiresAt }) => expiresAt.getTime())));
  const file = neutralise(contexts[0]?.kubeconfig ?? '');
  return [
    `${file} now holds ${WHAT[first.kind]}: whoever reads it acts as you until ${last.toISOString()}.`,
    'It is not renewed. To end it early: sallyport credentials revoke ID, or sallyport kube logout.',
  ];
}
