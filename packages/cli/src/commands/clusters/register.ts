import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { manifestFlags, readCeiling, readLabels } from '../../clusters/manifest-flags.ts';
import { CliError } from '../../errors.ts';

/** `sallyport clusters register` */
export default class ClustersRegister extends BaseCommand {
  static override summary = 'Register a cluster and print the manifest that installs its agent.';
  static override args = { name: Args.string({ required: true, description: 'name of the cluster, a DNS label' }) };
  static override flags = {
    project: Flags.string({ summary: 'project that it belongs to; "default" by default', helpValue: 'PROJECT' }),
    label: Flags.string({ summary: 'label of the cluster; may be repeated', helpValue: 'KEY=VALUE', multiple: true }),
    description: Flags.string({ summary: 'what people should know about it', helpValue: 'TEXT' }),
    location: Flags.string({ summary: 'where it runs', helpValue: 'eu-central-1' }),
    environment: Flags.string({ summary: 'what it is for', helpValue: 'production' }),
    namespace: Flags.string({ summary: 'namespace of the agent; "sallyport" by default', helpValue: 'NAMESPACE' }),
    'proxy-url': Flags.string({ summary: 'HTTP proxy that the agent gets out through', helpValue: 'http://HOST:PORT' }),
    'proxy-secret': Flags.string({
      summary: 'Secret in its namespace with userName and password for the proxy',
      helpValue: 'NAME',
      dependsOn: ['proxy-url'],
    }),
    'tunnel-link': Flags.option({
      options: ['grpc', 'tls'] as const,
      summary: 'what its tunnels run on; grpc by default, tls takes less CPU and memory',
    })(),
    'ca-file': Flags.string({ summary: 'further CAs for the agent to trust, PEM', helpValue: 'FILE' }),
    ...manifestFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport clusters register prod-eu --label env=prod | kubectl apply -f -',
    'sallyport clusters register plant-7 --project factories --proxy-url http://proxy.example.com:3128 -o json',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClustersRegister);
    readCeiling(flags.ceiling);
    const caPem = flags['ca-file'] === undefined ? undefined : this.#readFile(flags['ca-file']);
    const agent = present({
      proxyUrl: flags['proxy-url'],
      proxySecret: flags['proxy-secret'],
      namespace: flags.namespace,
      tunnelLink: flags['tunnel-link'],
      caPem,
    });
    const { project, description, location, environment } = flags;
    const spec = {
      ...present({ project, description, location, environment }),
      ...(Object.keys(agent).length > 0 && { agent }),
    };
    const labels = readLabels(flags.label ?? []);
    const lifetime = flags['token-lifetime'];
    const { withSession } = await import('../../session/session.ts');
    const { registerCluster } = await import('@sallyport/core/api');
    const { installManifest } = await import('../../clusters/install-manifest.ts');
    const issued = await withSession(this.context, flags, ({ api, profile }) =>
      registerCluster(
        api,
        profile.organization,
        { name: args.name, labels, spec },
        lifetime === undefined ? {} : { lifetime },
      ),
    );
    this.data(await installManifest({ issued, agent, choice: flags, version: this.context.version }));
    this.note(`Apply the manifest in the cluster ${args.name} before ${issued.joinToken.expiresAt.toISOString()}.`);
  }

  #readFile(file: string): string {
    try {
      return readFileSync(resolve(this.context.cwd, file), 'utf8');
    } catch (cause) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: `${file} can not be read`,
        cause,
        nextStep: 'Give --ca-file a PEM file.',
      });
    }
  }
}

/** The fields that were given. */
function present<Fields extends object>(fields: Fields): Present<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<Fields>;
}

type Present<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> };
