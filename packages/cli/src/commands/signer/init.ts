import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { CliError } from '../../errors.ts';

/** `sallyport signer init` */
export default class SignerInit extends BaseCommand {
  static override summary = 'Set up a signer: its configuration, its encryption key, certificates for both ends.';
  static override description =
    'Prints what the configuration of the server gets. A server that has agents already hands its keys over first: sallyport signer keys adopt.';
  static override args = { folder: Args.string({ description: 'folder to make', required: true }) };
  static override flags = {
    listen: Flags.string({
      summary: 'address to listen on, with mutual TLS',
      helpValue: 'HOST:PORT',
      exclusive: ['socket'],
    }),
    socket: Flags.string({ summary: 'Unix socket to listen on', helpValue: 'PATH' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SignerInit);
    const { cwd, clock } = this.context;
    const { initSigner } = await import('@sallyport/server/signer');
    const folder = resolve(cwd, args.folder);
    const made = await initSigner({ folder, where: whereOf(flags, cwd), at: new Date(clock.now()) });
    if (made.serverFolder !== undefined) this.note(`Put ${made.serverFolder} where the server can read it.`);
    this.note(`Start it with: sallyport signer start --config ${made.configFile}`);
    this.context.stdout.write(made.serverConfig);
  }
}

function whereOf(flags: { readonly listen?: string | undefined; readonly socket?: string | undefined }, cwd: string) {
  if (flags.socket !== undefined) return { socket: resolve(cwd, flags.socket) };
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(flags.listen ?? '') ?? [];
  if (host !== undefined && port !== undefined) return { host, port: Number(port) };
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: 'a signer listens on a socket or on an address',
    nextStep: 'Give --socket PATH or --listen HOST:PORT.',
  });
}
