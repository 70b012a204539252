import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { explainInUse, loadConfig } from '../../server/load-config.ts';
import { serverConfigFlags } from '../../server/with-key-management.ts';

/** `sallyport server restore` */
export default class ServerRestore extends BaseCommand {
  static override summary = 'Make a database that was restored from a backup fit to be served again.';
  static override description =
    'Stop all servers first. Ends everything that may have been revoked since the backup: login sessions, API keys, credentials, grants, join tokens, agents’ certificates, SCIM tokens, and what local users sign in with; replaces every key that signs; and brings people, bindings and policies to what the state folder knows they were last. docs/operation.md says what comes after it.';
  static override flags = {
    from: Flags.string({
      summary: 'folder that "sallyport server backup" made, to be put in the place of the embedded database first',
      helpValue: 'DIR',
    }),
    'without-notes': Flags.boolean({
      summary: 'go on where no state folder knows what changed since the backup; people then have to look for it',
    }),
    'keep-front-ca': Flags.boolean({ summary: 'keep the keys of frontTls, because none was voided since the backup' }),
    'keep-local-factors': Flags.boolean({
      summary: 'keep what local users sign in with, because none of it was taken away since the backup',
    }),
    ...serverConfigFlags,
  };
  static override examples = [
    'sallyport server restore --from /var/backups/sallyport --config /etc/sallyport/server.yaml',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(ServerRestore);
    const { putBackupBack, restoreDatabase } = await import('@sallyport/server');
    const { clock, cwd } = this.context;
    const config = await loadConfig(this.context, flags);
    const inUse = (error: unknown): never => {
      throw explainInUse(error, 'Stop the server first.');
    };
    if (flags.from !== undefined) {
      const { former } = await putBackupBack(config, resolve(cwd, flags.from), { clock }).catch(inUse);
      if (former !== undefined) this.note(`What was in its place is in ${former}.`);
    }
    const report = await restoreDatabase(config, {
      withoutNotes: flags['without-notes'],
      keep: [
        ...(flags['keep-front-ca'] ? (['frontTls'] as const) : []),
        ...(flags['keep-local-factors'] ? (['localFactors'] as const) : []),
      ],
      clock,
    }).catch(inUse);
    const at = report.backupAt === undefined ? '' : ` of ${report.backupAt.toISOString()}`;
    this.note(`The backup ends with change ${report.backupChange}${at}.`);
    this.note(`${report.endedLoginSessions} login sessions and ${report.endedGrants} grants were ended.`);
    this.note(`Replaced: ${report.replacedKeys.join(', ')}.`);
    this.note(`${report.broughtUpToDate} records were brought to what they were last.`);
    if (report.removed.length > 0) this.note(`Apply again, with their secrets: ${report.removed.join(', ')}.`);
    this.note('Give each cluster’s agent a new join token, and people the new ca.pem where they trust that.');
  }
}
