import { Args, Flags } from '@oclif/core';
import { AUDIT_COUNT_FIELDS } from '@sallyport/core/api';
import { filterFlags, filterOf } from '../../audit/filter-flags.ts';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { auditBucketView, auditCountView } from '../../output/audit-view.ts';
import { formatData } from '../../output/format.ts';

/** `sallyport audit stats` */
export default class AuditStats extends BaseCommand {
  static override summary = 'Count audit events by time, by one of their fields, or by both.';
  static override description = 'Without --since, the last 24 hours. Without --by and --interval, by code.';
  static override args = { words: Args.string({ description: 'words to look for', multiple: true }) };
  static override flags = {
    ...filterFlags,
    by: Flags.option({ summary: 'count each value of this field', options: AUDIT_COUNT_FIELDS })(),
    top: Flags.integer({ summary: 'how many values; 10 by default', min: 1, max: 50 }),
    interval: Flags.string({ summary: 'count each span of this length', helpValue: '1h' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override strict = false;
  static override examples = [
    'sallyport audit stats --by user --since 7d',
    'sallyport audit stats --code proxy.request.denied --interval 1h',
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AuditStats);
    const { withSession } = await import('../../session/session.ts');
    const { interval, top } = flags;
    const by = flags.by ?? (interval === undefined ? 'code' : undefined);
    const filter = filterOf(flags, this.context.clock.now(), argv as string[]);
    const counted = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.aggregateAuditEvents({
        organization,
        ...filter,
        ...(by !== undefined && { by }),
        ...(top !== undefined && { top }),
        ...(interval !== undefined && { interval }),
      }),
    );
    if (flags.output === 'json' || flags.output === 'yaml') return this.data(await formatData(flags.output, counted));
    const { values = [], others = 0, buckets } = counted;
    if (buckets === undefined) await this.printList(flags, values, auditCountView);
    else await this.printList(flags, buckets, auditBucketView(buckets));
    this.note(`${counted.total} events from ${counted.from.toISOString()} to ${counted.to.toISOString()}.`);
    if (others > 0) this.note(`${others} of them have other values; --top shows more.`);
    if (!counted.isComplete) this.note('There are more: only the newest were counted. Narrow the time.');
  }
}
