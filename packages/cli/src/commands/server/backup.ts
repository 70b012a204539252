import { resolve } from 'node:path';
import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { explainInUse, loadConfig } from '../../server/load-config.ts';
import { serverConfigFlags } from '../../server/with-key-management.ts';

/** `sallyport server backup` */
export default class ServerBackup extends BaseCommand {
  static override summary = 'Copy the embedded database into a new folder.';
  static override description =
    'The server must be stopped. The copy holds secrets only as they are in the database, encrypted: keep the file of encryptionKeyFile elsewhere, for without it the copy is worth nothing. PostgreSQL is backed up with its own tools; docs/operation.md says what else to keep.';
  static override args = { folder: Args.string({ required: true, description: 'folder that is not there yet' }) };
  static override flags = serverConfigFlags;
  static override examples = ['sallyport server backup /var/backups/sallyport --config /etc/sallyport/server.yaml'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServerBackup);
    const { backUpDatabase } = await import('@sallyport/server');
    const folder = resolve(this.context.cwd, args.folder);
    const config = await loadConfig(this.context, flags);
    const manifest = await backUpDatabase(config, folder, { clock: this.context.clock }).catch((error: unknown) => {
      throw explainInUse(error, 'Stop the server first, and start it again afterwards.');
    });
    this.note(
      `${folder} holds the database up to change ${manifest.change}, under the encryption key ${manifest.encryptionKeyFingerprint}.`,
    );
  }
}
