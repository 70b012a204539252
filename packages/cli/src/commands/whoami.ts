import { BaseCommand, outputFlags, sessionFlags } from '../base-command.ts';

/** `sallyport whoami` */
export default class Whoami extends BaseCommand {
  static override summary = 'Show who the server knows you as, and what you hold for a while.';
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(Whoami);
    const { withSession } = await import('../session/session.ts');
    const me = await withSession(this.context, flags, async ({ api, profile }) => ({
      server: profile.url,
      ...(await api.whoAmI()),
    }));
    const { endingSoon, heldText, pendingReviewsText } = await import('../output/held-grants.ts');
    const now = this.context.clock.now();
    for (const line of endingSoon(me.grants, now, flags)) this.note(line);
    for (const line of pendingReviewsText(me.pendingReviews, flags)) this.note(line);
    await this.printOne(flags, me, {
      kind: 'user',
      name: (it) => it.principal.userName,
      columns: [
        { header: 'USER', cell: (it) => it.principal.userName },
        { header: 'ORGANIZATION', cell: (it) => it.organization.name },
        { header: 'GROUPS', cell: (it) => it.principal.groups.join(',') || '-' },
        { header: 'GRANTS', cell: (it) => heldText(it.grants, now) },
        { header: 'SERVER', cell: (it) => it.server },
        { header: 'SESSION ENDS', cell: (it) => it.loginSession.expiresAt.toISOString(), isWide: true },
        { header: 'ISSUER', cell: (it) => it.principal.issuer, isWide: true },
        { header: 'ID', cell: (it) => it.principal.id, isWide: true },
      ],
    });
  }
}
