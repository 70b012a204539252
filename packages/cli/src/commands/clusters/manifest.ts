import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { manifestFlags, readCeiling } from '../../clusters/manifest-flags.ts';

/** `sallyport clusters manifest` */
export default class ClustersManifest extends BaseCommand {
  static override summary = 'Print the install manifest of a registered cluster again, with a new join token.';
  static override description =
    'Agents that run already keep their identity: applying the manifest again changes what differs and nothing else.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster' }) };
  static override flags = { ...manifestFlags, ...sessionFlags };
  static override examples = ['sallyport clusters manifest prod-eu | kubectl apply -f -'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersManifest);
    readCeiling(flags.ceiling);
    const lifetime = flags['token-lifetime'];
    const { withSession } = await import('../../session/session.ts');
    const { installManifest } = await import('../../clusters/install-manifest.ts');
    const { issued, agent } = await withSession(this.context, flags, async ({ api, profile: { organization } }) => {
      const { spec } = await api.getCluster({ organization, name: args.name });
      const body = lifetime === undefined ? {} : { lifetime };
      return { agent: spec.agent, issued: await api.issueJoinToken({ organization, name: args.name, body }) };
    });
    this.data(await installManifest({ issued, agent, choice: flags, version: this.context.version }));
    this.note(`The join token in it is good until ${issued.joinToken.expiresAt.toISOString()}.`);
  }
}
