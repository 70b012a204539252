import { sessionFlags } from '../base-command.ts';
import { CliError } from '../errors.ts';
import { neutraliseLines } from '../output/neutralise.ts';
import { documentFlags, setFlags } from '../resources/flags.ts';
import { ResourceCommand } from '../resources/resource-command.ts';

/** `sallyport diff` */
export default class Diff extends ResourceCommand {
  static override summary = 'Show what an application of documents would change.';
  static override description =
    'Prints a unified diff for each resource. Exit code 0: nothing would change; 1: something would, or the comparison failed, which stderr then says.';
  static override flags = { ...documentFlags, ...setFlags, ...sessionFlags };
  static override examples = [
    'sallyport diff -f organization.yaml',
    'sallyport diff -R -f access/ --set access --prune',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Diff);
    const { formatProblem, loadDocuments } = await import('../documents/load-documents.ts');
    const { applyDocuments } = await import('../resources/apply.ts');
    const { diffResources } = await import('../resources/diff.ts');
    const documents = await loadDocuments(this.context, {
      paths: flags.filename,
      isRecursive: flags.recursive,
      note: (line) => this.note(line),
    });
    const diffs = await this.withResources(flags, ({ api, profile, resources }) =>
      this.withProgress(async (show) => {
        show(`Comparing ${documents.length} resources`);
        const { results, problems } = await applyDocuments(api, documents, {
          organization: profile.organization,
          isDryRun: true,
          isPruning: flags.prune,
          ...(flags.set !== undefined && { set: flags.set }),
          signal: this.context.interruptSignal(),
        });
        if (problems.length === 0) return diffResources(resources, documents, results);
        for (const problem of problems) this.note(formatProblem(problem));
        throw new CliError({
          code: 'ERR_CLI_APPLY_REFUSED',
          message: `${problems.length} of ${documents.length} resources would be refused`,
          nextStep: 'Correct them and compare again.',
        });
      }),
    );
    for (const diff of diffs) this.data(neutraliseLines(diff));
    if (diffs.length > 0) this.exit(1);
  }
}
