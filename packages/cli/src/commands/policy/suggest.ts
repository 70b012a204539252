import { Args, Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';

/** `sallyport policy suggest` */
export default class PolicySuggest extends BaseCommand {
  static override summary = 'Print a role with the least rules that cover what somebody did.';
  static override description =
    'Derived from the audit log; what was refused does not count. A start: look through it before you apply it.';
  static override args = {
    name: Args.string({ required: true, description: 'user, or service account with --service-account' }),
  };
  static override flags = {
    'service-account': Flags.boolean({ summary: 'the name is that of a service account' }),
    cluster: Flags.string({ char: 'c', summary: 'look at this cluster only', helpValue: 'NAME' }),
    since: Flags.string({ summary: 'how far back; 30d by default, 90d at most', helpValue: '30d' }),
    ...sessionFlags,
  };
  static override examples = ['sallyport policy suggest ann@example.com --since 60d > role.yaml'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PolicySuggest);
    const { withSession } = await import('../../session/session.ts');
    const { formatData } = await import('../../output/format.ts');
    const { formatMoment } = await import('../../output/time.ts');
    const { since, cluster } = flags;
    const as = flags['service-account'] ? { serviceAccount: args.name } : { user: args.name };
    const { role, observed, uses, notes, isComplete } = await withSession(
      this.context,
      flags,
      ({ api, profile: { organization } }) =>
        api.suggestRole({
          organization,
          body: { as, ...(since !== undefined && { since }), ...(cluster !== undefined && { cluster }) },
        }),
    );
    this.data(await formatData('yaml', role));
    this.note(`From ${observed} requests of ${args.name}.`);
    const now = this.context.clock.now();
    for (const [index, { count, lastAt }] of uses.entries()) {
      const last = lastAt === undefined ? '' : `, last ${formatMoment(lastAt, now)}`;
      this.note(`Rule ${index + 1}: ${count} ${count === 1 ? 'request' : 'requests'}${last}.`);
    }
    if (!isComplete)
      this.note('There was more than one suggestion takes: the rarest requests were left out. Shorten --since.');
    for (const note of notes) this.note(`Note: ${note}.`);
  }
}
