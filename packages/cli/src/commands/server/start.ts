import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { createLineLogger } from '../../output/line-logger.ts';

/** `sallyport server start` */
export default class ServerStart extends BaseCommand {
  static override summary = 'Run the server until it is stopped by a signal.';
  static override description =
    'Flags win over the environment (SALLYPORT_*), that over the file, that over defaults. Logs are lines of JSON on stderr.';
  static override flags = {
    config: Flags.string({ summary: 'YAML file with the configuration', helpValue: 'FILE' }),
    listen: Flags.string({ summary: 'address to listen on', helpValue: 'HOST:PORT' }),
    'public-url': Flags.string({ summary: 'how people, kubectl and agents reach the server', helpValue: 'URL' }),
    'state-dir': Flags.string({ summary: 'folder of database, audit spool and keys', helpValue: 'DIR' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ServerStart);
    const { loadServerConfig, runServer } = await import('@sallyport/server');
    const { cwd, env, stdout, stderr, clock } = this.context;
    const config = loadServerConfig({
      env,
      ...(flags.config !== undefined && { file: resolve(cwd, flags.config) }),
      flags: {
        ...(flags.listen !== undefined && { listen: flags.listen }),
        ...(flags['public-url'] !== undefined && { publicUrl: flags['public-url'] }),
        ...(flags['state-dir'] !== undefined && { stateDir: resolve(cwd, flags['state-dir']) }),
      },
    });
    await runServer({
      config,
      clock,
      logger: createLineLogger(stderr, clock),
      stdout: new Writable({
        write(chunk: Buffer, _encoding, done) {
          stdout.write(chunk.toString());
          done();
        },
      }),
      signal: this.context.interruptSignal(),
    });
  }
}
