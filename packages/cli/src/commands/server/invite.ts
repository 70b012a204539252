import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { serverConfigFlags } from '../../server/with-key-management.ts';

/** `sallyport server invite` */
export default class ServerInvite extends BaseCommand {
  static override summary = 'Let a local user into a server that nobody can sign in to yet, or any more.';
  static override description =
    'Works on the database of the configuration. On the embedded database the server must be stopped. The user is made where there is none, gets a built-in role on the organization, and a link that is good once; what they signed in with before is taken away.';
  static override args = { name: Args.string({ required: true, description: 'user name, e.g. an e-mail address' }) };
  static override flags = {
    role: Flags.string({ summary: 'built-in role on the organization', helpValue: 'ROLE', default: 'owner' }),
    'public-url': Flags.string({
      summary: 'how people reach the server; that of the configuration by default',
      helpValue: 'URL',
    }),
    ...serverConfigFlags,
  };
  static override examples = ['sallyport server invite ada@example.com --config /etc/sallyport/server.yaml'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServerInvite);
    const { cwd, env, clock } = this.context;
    const { inviteOperator, loadServerConfig } = await import('@sallyport/server');
    const config = loadServerConfig({
      env,
      ...(flags.config !== undefined && { file: resolve(cwd, flags.config) }),
      flags: { ...(flags['state-dir'] !== undefined && { stateDir: resolve(cwd, flags['state-dir']) }) },
    });
    const { host, port } = config.listen;
    const publicUrl = flags['public-url']?.replace(/\/+$/, '') ?? config.publicUrl ?? `https://${host}:${port}`;
    const { link, expiresAt } = await inviteOperator(
      config,
      { name: args.name, role: flags.role, publicUrl },
      { clock },
    );
    this.data(`${link.reveal()}\n`);
    this.note(`Hand the link to ${args.name} and nobody else. It is good once, until ${expiresAt.toISOString()}.`);
  }
}
