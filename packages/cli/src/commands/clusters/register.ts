import { Args, Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { formatData } from '../../output/format.ts';

const CEILINGS = ['view', 'edit', 'admin', 'cluster-admin'] as const;

/** `sallyport clusters register` */
export default class ClustersRegister extends BaseCommand {
  static override summary = 'Register a cluster and print the manifest that installs its agent.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster, a DNS label' }) };
  static override flags = {
    label: Flags.string({ summary: 'label of the cluster; may be repeated', helpValue: 'KEY=VALUE', multiple: true }),
    ceiling: Flags.string({
      summary: 'ClusterRoles that people may be given there, separated by commas',
      helpValue: CEILINGS.join(','),
      default: 'view,edit,admin',
    }),
    image: Flags.string({ summary: 'image of the agent; one of this version by default', helpValue: 'IMAGE' }),
    namespace: Flags.string({ summary: 'namespace of the agent', default: 'sallyport' }),
    rejoin: Flags.boolean({ summary: 'the cluster is registered already: print its manifest with a new join token' }),
    output: Flags.option({
      char: 'o',
      summary: 'form of the manifest',
      options: ['yaml', 'json'] as const,
      default: 'yaml',
    })(),
    ...sessionFlags,
  };
  static override examples = ['sallyport clusters register prod-eu --label env=prod | kubectl apply -f -'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersRegister);
    const ceiling = readCeiling(flags.ceiling);
    const labels = readLabels(flags.label ?? []);
    const { withSession } = await import('../../session/session.ts');
    const { registerCluster } = await import('@sallyport/core/api');
    const { manifestObjects, renderObjects } = await import('@sallyport/agent/manifest');
    const { joinToken, install } = await withSession(this.context, flags, ({ api, profile }) =>
      flags.rejoin
        ? api.issueJoinToken({ organization: profile.organization, name: args.name })
        : registerCluster(api, profile.organization, { name: args.name, labels }),
    );
    const objects = manifestObjects({
      serverUrl: install.serverUrl,
      serverCaPem: install.caPem,
      joinToken: joinToken.token,
      clusterId: install.clusterId,
      clusterName: install.clusterName,
      capabilityJwks: install.capabilityJwks,
      image: flags.image ?? `sallyport/agent:${this.context.version}`,
      namespace: flags.namespace,
      ceiling,
    });
    this.data(
      flags.output === 'yaml'
        ? renderObjects(objects)
        : await formatData('json', { apiVersion: 'v1', kind: 'List', items: objects }),
    );
    this.note(`Apply the manifest in the cluster ${install.clusterName} before ${joinToken.expiresAt.toISOString()}.`);
  }
}

function readCeiling(text: string): (typeof CEILINGS)[number][] {
  return text.split(',').map((part) => {
    const role = CEILINGS.find((known) => known === part.trim());
    if (role !== undefined) return role;
    throw usage(`${JSON.stringify(part)} is no ceiling`, `Choose from ${CEILINGS.join(', ')}.`);
  });
}

function readLabels(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw usage(`${JSON.stringify(text)} is no label`, 'Write --label KEY=VALUE.');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function usage(message: string, nextStep: string): CliError {
  return new CliError({ code: 'ERR_CLI_USAGE', message, nextStep });
}
