import { BaseCommand, outputFlag } from '../base-command.ts';
import { formatList } from '../output/format.ts';

/** `sallyport status` */
export default class Status extends BaseCommand {
  static override summary = 'Show the servers you are logged in to and how each session stands.';
  static override flags = { output: outputFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const { readProfiles } = await import('../state/profiles.ts');
    const { resolveHome } = await import('../state/home.ts');
    const profiles = await readProfiles(resolveHome(this.context));
    if (profiles.servers.length === 0) this.note('Not logged in. Run "sallyport login HOST".');
    const { readSessionStatuses } = await import('../session/session-status.ts');
    const statuses = await readSessionStatuses(this.context, profiles);
    this.data(
      await formatList(flags.output, statuses, {
        kind: 'server',
        name: (it) => new URL(it.server).host,
        columns: [
          { header: 'CURRENT', cell: (it) => (it.isCurrent ? '*' : '') },
          { header: 'SERVER', cell: (it) => it.server },
          { header: 'USER', cell: (it) => it.userName },
          { header: 'ORGANIZATION', cell: (it) => it.organization },
          { header: 'SESSION', cell: (it) => it.session },
          { header: 'ENDS', cell: (it) => it.expiresAt?.toISOString() ?? '-' },
          { header: 'DETAIL', cell: (it) => it.detail ?? '-', isWide: true },
        ],
      }),
    );
  }
}
