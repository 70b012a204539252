import { Args } from '@oclif/core';
import { BaseCommand, kubeconfigFlag } from '../../base-command.ts';
import { neutralise } from '../../output/neutralise.ts';

/** `sallyport kube use` */
export default class KubeUse extends BaseCommand {
  static override summary = 'Make the context of a cluster the current one.';
  static override args = { name: Args.string({ required: true, description: 'name of a cluster or of its context' }) };
  static override flags = { kubeconfig: kubeconfigFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KubeUse);
    const { kubeUse } = await import('../../kube/kube-use.ts');
    const { kubeconfigPaths } = await import('../../kube/kubeconfig-files.ts');
    const { name } = await kubeUse(kubeconfigPaths(this.context, flags.kubeconfig), args.name);
    this.note(`The current context is ${neutralise(name)}.`);
  }
}
