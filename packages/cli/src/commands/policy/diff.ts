import { Flags } from '@oclif/core';
import { outputFlags, sessionFlags } from '../../base-command.ts';
import { documentFlags } from '../../resources/flags.ts';
import { ResourceCommand } from '../../resources/resource-command.ts';

/** `sallyport policy diff` */
export default class PolicyDiff extends ResourceCommand {
  static override summary =
    'Decide what was asked of clusters again, as if documents were applied: who gains and loses what.';
  static override description =
    'Looks at roles, bindings, groups and access policies; changes nothing. Exit code 0: nobody gains or loses anything they asked for; 1: somebody does, or the comparison failed, which stderr then says.';
  static override flags = {
    ...documentFlags,
    since: Flags.string({ summary: 'how far back; 30d by default, 90d at most', helpValue: '30d' }),
    delete: Flags.string({
      summary: 'as if this were deleted, too; may be repeated',
      helpValue: 'KIND/NAME',
      multiple: true,
    }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport policy diff -R -f access/',
    'sallyport policy diff -f role.yaml --delete Binding/everyone-edits --since 7d -o json',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(PolicyDiff);
    const { loadDocuments } = await import('../../documents/load-documents.ts');
    const documents = await loadDocuments(this.context, {
      paths: flags.filename,
      isRecursive: flags.recursive,
      note: (line) => this.note(line),
    });
    const resources = documents.map(({ document }) => document) as never;
    const { gained, lost, replayed, skipped, isComplete } = await this.withResources(flags, ({ api, profile }) =>
      this.withProgress((show) => {
        show('Deciding what was asked for again');
        const { since, delete: deleted } = flags;
        const body = { resources, ...(since !== undefined && { since }), ...(deleted !== undefined && { deleted }) };
        return api.compareRecordedAccess({ organization: profile.organization, body });
      }),
    );
    const rows = [
      ...lost.map((one) => ({ change: 'loses', ...one })),
      ...gained.map((one) => ({ change: 'gains', ...one })),
    ];
    await this.printList(flags, rows, {
      kind: 'difference',
      name: ({ user, action }) => `${user}/${action}`,
      columns: [
        { header: 'USER', cell: ({ user }) => user },
        { header: 'CHANGE', cell: ({ change }) => change },
        { header: 'ACTION', cell: ({ action }) => action },
        { header: 'CLUSTER', cell: ({ cluster }) => cluster },
        { header: 'ASKED', cell: ({ count }) => String(count) },
        { header: 'WHY', cell: ({ reason }) => reason, isWide: true },
      ],
    });
    this.note(`${replayed} requests decided again, ${skipped} of people or clusters that are gone left out.`);
    if (!isComplete)
      this.note('There was more than one comparison takes: the rarest requests were left out. Shorten --since.');
    if (rows.length > 0) this.exit(1);
  }
}
