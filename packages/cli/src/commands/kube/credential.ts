import { Flags } from '@oclif/core';
import { BaseCommand, serverFlag } from '../../base-command.ts';

/** `sallyport kube credential` */
export default class KubeCredential extends BaseCommand {
  static override summary = 'Print one ExecCredential for kubectl. Run by kubectl, by way of the credential shim.';
  static override flags = {
    cluster: Flags.string({ required: true, summary: 'name of the cluster', helpValue: 'NAME' }),
    server: serverFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(KubeCredential);
    const { kubeCredential } = await import('../../kube/credential.ts');
    const credential = await kubeCredential(this.context, {
      cluster: flags.cluster,
      ...(flags.server !== undefined && { server: flags.server }),
    });
    this.data(`${credential}\n`);
  }
}
