import { Args, Flags } from '@oclif/core';
import { limitOf, listFlags } from '../../access/list-flags.ts';
import { filterFlags, filterOf } from '../../audit/filter-flags.ts';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { auditEventView } from '../../output/audit-view.ts';

/** `sallyport audit search` */
export default class AuditSearch extends BaseCommand {
  static override summary = 'Find audit events, newest first.';
  static override description =
    'Words are looked for anywhere in an event, whole and in any letter case: all must be there. "two words" in quotes stand side by side, OR stands between alternatives. To leave a word out, put a minus in front of it, behind --. Each search is itself in the audit log.';
  static override args = { words: Args.string({ description: 'words to look for', multiple: true }) };
  static override flags = {
    ...filterFlags,
    oldest: Flags.boolean({ summary: 'oldest first' }),
    limit: listFlags.limit,
    all: listFlags.all,
    ...outputFlags,
    ...sessionFlags,
  };
  static override strict = false;
  static override examples = [
    'sallyport audit search --since 2h --category login',
    'sallyport audit search --cluster production --verb delete --user ada@example.com',
    'sallyport audit search "granted by" --effect allow -o json',
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AuditSearch);
    const { withSession } = await import('../../session/session.ts');
    const { searchEvents } = await import('../../audit/search-events.ts');
    const filter = filterOf(flags, this.context.clock.now(), argv as string[]);
    const { items, hasMore } = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      searchEvents((page) => api.listAuditEvents({ organization, ...filter, ...page }), {
        limit: limitOf(flags),
        order: flags.oldest ? 'oldest' : 'newest',
      }),
    );
    if (items.length === 0) this.note('There is no such audit event that you may see.');
    else if (hasMore) this.note(`The first ${items.length} are shown. Pass --limit or --all for more.`);
    await this.printList(flags, items, auditEventView);
  }
}
