import { Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';

/** `sallyport kube credential` */
export default class KubeCredential extends BaseCommand {
  static override summary = 'Print one ExecCredential for kubectl. Run by kubectl, by way of the credential shim.';
  static override flags = {
    cluster: Flags.string({ required: true, summary: 'name of the cluster', helpValue: 'NAME' }),
    account: Flags.string({
      summary: 'account at the server, as organization and user name',
      helpValue: 'ORGANIZATION/USER',
      dependsOn: ['server'],
    }),
    ...sessionFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(KubeCredential);
    const { kubeCredential } = await import('../../kube/credential.ts');
    this.data(`${await kubeCredential(this.context, flags)}\n`);
  }
}
