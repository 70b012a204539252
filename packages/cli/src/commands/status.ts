import { BaseCommand, outputFlags } from '../base-command.ts';

/** `sallyport status` */
export default class Status extends BaseCommand {
  static override summary = 'Show the accounts you are logged in with and how each session stands.';
  static override flags = outputFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const { readProfiles } = await import('../state/profiles-file.ts');
    const { resolveHome } = await import('../state/home.ts');
    const profiles = await readProfiles(resolveHome(this.context));
    if (profiles.items.length === 0) this.note('Not logged in. Run "sallyport login HOST".');
    const { readSessionStatuses } = await import('../session/session-status.ts');
    const statuses = await readSessionStatuses(this.context, profiles);
    await this.printList(flags, statuses, {
      kind: 'profile',
      name: (it) => it.profile,
      columns: [
        { header: 'CURRENT', cell: (it) => (it.isCurrent ? '*' : '') },
        { header: 'PROFILE', cell: (it) => it.profile },
        { header: 'SERVER', cell: (it) => it.server },
        { header: 'USER', cell: (it) => it.userName },
        { header: 'ORGANIZATION', cell: (it) => it.organization },
        { header: 'SESSION', cell: (it) => it.session },
        { header: 'ENDS', cell: (it) => it.expiresAt?.toISOString() ?? '-' },
        { header: 'DETAIL', cell: (it) => it.detail ?? '-', isWide: true },
      ],
    });
  }
}
