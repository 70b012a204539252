import { BaseCommand, outputFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { documentFlags } from '../../resources/flags.ts';

/** `sallyport policy test` */
export default class PolicyTestCommand extends BaseCommand {
  static override summary = 'Check that documents about access decide as they should.';
  static override description =
    'Runs the documents of kind PolicyTest among the files, by the evaluator that serves requests. Needs no login; made for continuous integration. Exit code 1: a case failed.';
  static override flags = { ...documentFlags, ...outputFlags };
  static override examples = [
    'sallyport policy test -R -f access/',
    'sallyport policy test -f access/ -f tests.yaml -o json',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(PolicyTestCommand);
    const { readOfflinePolicy } = await import('../../policy/offline-policy.ts');
    const { formatProblem } = await import('../../documents/load-documents.ts');
    const { runPolicyTest } = await import('@sallyport/authz/tools');
    const { organization, tests, problems } = await readOfflinePolicy(this.context, {
      paths: flags.filename,
      isRecursive: flags.recursive,
    });
    for (const problem of problems) this.note(formatProblem(problem));
    if (problems.length > 0) {
      throw new CliError({
        code: 'ERR_CLI_DOCUMENT_INVALID',
        message: `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}; no case was run`,
        nextStep: '"sallyport policy validate" checks the same without running cases.',
      });
    }
    const now = new Date(this.context.clock.now());
    const rows = tests.flatMap(({ test, from }) =>
      runPolicyTest(organization, test, now).map((result, i) => ({
        ...result,
        test: test.metadata.name,
        source: from.source,
        line: from.lineOf(['spec', 'cases', i]),
      })),
    );
    if (rows.length === 0) {
      throw new CliError({
        code: 'ERR_CLI_DOCUMENT_INVALID',
        message: 'there is no document of kind PolicyTest among the files',
        nextStep: 'docs/policy-tools.md shows one.',
      });
    }
    await this.printList(flags, rows, {
      kind: 'policytest',
      name: ({ test, name }) => `${test}/${name}`,
      columns: [
        { header: 'RESULT', cell: ({ isPassed }) => (isPassed ? 'passed' : 'failed') },
        { header: 'CASE', cell: ({ name }) => name },
        { header: 'FROM', cell: ({ source, line }) => `${source}:${line}`, isWide: true },
      ],
    });
    const failed = rows.filter(({ isPassed }) => !isPassed);
    for (const { source, line, name, problem } of failed) {
      this.note(formatProblem({ source, line, message: `${name}: ${problem}` }));
    }
    this.note(`${rows.length - failed.length} passed, ${failed.length} failed`);
    if (failed.length > 0) {
      throw new CliError({
        code: 'ERR_CLI_POLICY_TEST_FAILED',
        message: `${failed.length} of ${rows.length} cases decide otherwise than they should`,
        nextStep: 'Mend the documents, or what the cases expect.',
      });
    }
  }
}
