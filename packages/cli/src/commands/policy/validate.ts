import { BaseCommand } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { documentFlags } from '../../resources/flags.ts';

/** `sallyport policy validate` */
export default class PolicyValidate extends BaseCommand {
  static override summary = 'Check documents about access without a server.';
  static override description =
    'Fields, references between the documents, rules, conditions. Each problem is told with its file and line. Needs no login.';
  static override flags = { ...documentFlags };
  static override examples = ['sallyport policy validate -R -f access/'];

  async run(): Promise<void> {
    const { flags } = await this.parse(PolicyValidate);
    const { readOfflinePolicy } = await import('../../policy/offline-policy.ts');
    const { formatProblem } = await import('../../documents/load-documents.ts');
    const { documentCount, tests, problems } = await readOfflinePolicy(this.context, {
      paths: flags.filename,
      isRecursive: flags.recursive,
    });
    for (const problem of problems) this.note(formatProblem(problem));
    const read = `${documentCount} documents and ${tests.length} policy tests`;
    if (problems.length === 0) return this.note(`${read}: no problems.`);
    throw new CliError({
      code: 'ERR_CLI_DOCUMENT_INVALID',
      message: `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in ${read}`,
      nextStep: 'What is only on the server can be brought beside the files with "sallyport export".',
    });
  }
}
