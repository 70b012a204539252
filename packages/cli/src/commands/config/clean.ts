import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';

/** `sallyport config clean` */
export default class ConfigClean extends BaseCommand {
  static override summary = 'Delete what the state folder can do without: caches, and what no profile uses any more.';
  static override description = 'Profiles, login sessions and credential shims stay. Log out to end a session.';
  static override flags = { 'dry-run': Flags.boolean({ summary: 'only say what would be deleted' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigClean);
    const { cleanState } = await import('../../state/clean.ts');
    const { resolveHome } = await import('../../state/home.ts');
    const isDryRun = flags['dry-run'];
    const paths = await cleanState(this.context, resolveHome(this.context), { isDryRun });
    for (const path of paths) this.data(`${path}\n`);
    this.note(`${isDryRun ? 'Would delete' : 'Deleted'} ${paths.length} ${paths.length === 1 ? 'file' : 'files'}.`);
  }
}
