import { BaseCommand, outputFlags } from '../base-command.ts';

/** `sallyport status` */
export default class Status extends BaseCommand {
  static override summary =
    'Show the accounts you are logged in with, how each session stands, and what you hold for a while.';
  static override flags = outputFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const { readProfiles } = await import('../state/profiles-file.ts');
    const { resolveHome } = await import('../state/home.ts');
    const profiles = await readProfiles(resolveHome(this.context));
    if (profiles.items.length === 0) this.note('Not logged in. Run "sallyport login HOST".');
    const { readSessionStatuses } = await import('../session/session-status.ts');
    const statuses = await readSessionStatuses(this.context, profiles);
    const { endingSoon, heldText, pendingReviewsText } = await import('../output/held-grants.ts');
    const now = this.context.clock.now();
    for (const { grants = [], pendingReviews = 0, profile, isCurrent } of statuses) {
      const selection = isCurrent ? {} : { profile };
      for (const line of endingSoon(grants, now, selection)) this.note(line);
      for (const line of pendingReviewsText(pendingReviews, selection)) this.note(line);
    }
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
        { header: 'GRANTS', cell: (it) => (it.grants === undefined ? '-' : heldText(it.grants, now)) },
        { header: 'DETAIL', cell: (it) => it.detail ?? '-', isWide: true },
      ],
    });
    const { endedStreamText } = await import('../output/ended-streams.ts');
    // kubectl can't show why a port-forward ended, so it is told here.
    for (const { profile, endedStreams = [] } of statuses) {
      for (const ended of endedStreams) this.note(`${profile}: ended ${endedStreamText(ended)}`);
    }
  }
}
