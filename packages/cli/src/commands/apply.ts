import { Flags } from '@oclif/core';
import { type OutputChoice, outputFlags, sessionFlags } from '../base-command.ts';
import type { CheckedDocument } from '../documents/check-documents.ts';
import { CliError } from '../errors.ts';
import { neutralise } from '../output/neutralise.ts';
import type { Application, AppliedResource, ApplyOptions } from '../resources/apply.ts';
import { documentFlags, setFlags } from '../resources/flags.ts';
import { ResourceCommand, type ResourceSession } from '../resources/resource-command.ts';

/** `sallyport apply` */
export default class Apply extends ResourceCommand {
  static override summary = 'Create and change resources as documents describe them, all of them or none.';
  static override description =
    'Documents replace labels and spec of a resource. One with a resourceVersion is refused when somebody changed the resource since.';
  static override flags = {
    ...documentFlags,
    ...setFlags,
    'dry-run': Flags.boolean({ summary: 'decide and check everything at the server, change nothing' }),
    yes: Flags.boolean({ char: 'y', summary: 'delete what is pruned without asking' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport apply -f organization.yaml',
    'sallyport apply -R -f access/ --set access --prune --dry-run',
    'sallyport export roles bindings | sallyport apply -f - --profile staging',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Apply);
    const { loadDocuments } = await import('../documents/load-documents.ts');
    const signal = this.context.interruptSignal();
    const documents = await this.withProgress((show) => {
      show('Reading documents');
      return loadDocuments(this.context, {
        paths: flags.filename,
        isRecursive: flags.recursive,
        note: (line) => this.note(line),
      });
    });
    await this.withResources(flags, async (session) => {
      const options = {
        organization: session.profile.organization,
        isPruning: flags.prune,
        ...(flags.set !== undefined && { set: flags.set }),
        signal,
      };
      if (flags.prune && !flags['dry-run']) await this.#confirmPruning(session, documents, options, flags.yes);
      const application = await this.#apply(session, documents, { ...options, isDryRun: flags['dry-run'] });
      await this.#report(flags, application, documents.length, flags['dry-run']);
    });
  }

  async #apply(session: ResourceSession, documents: readonly CheckedDocument[], options: ApplyOptions) {
    const { applyDocuments } = await import('../resources/apply.ts');
    return this.withProgress((show) => {
      show(`${options.isDryRun ? 'Checking' : 'Applying'} ${documents.length} resources`);
      return applyDocuments(session.api, documents, options);
    });
  }

  async #confirmPruning(
    session: ResourceSession,
    documents: readonly CheckedDocument[],
    options: Omit<ApplyOptions, 'isDryRun'>,
    isConfirmed: boolean,
  ): Promise<void> {
    const { results, problems } = await this.#apply(session, documents, { ...options, isDryRun: true });
    const pruned = results.filter(({ action }) => action === 'deleted');
    // What is refused is told once, by the application itself.
    if (problems.length > 0 || pruned.length === 0) return;
    this.note(`These ${pruned.length} of the set ${options.set} are no longer described and will be deleted:`);
    for (const it of pruned) this.note(`  ${await shown(it)}`);
    await this.confirm(`Delete ${pruned.length} resources?`, { isConfirmed });
  }

  async #report(
    flags: OutputChoice,
    { results, problems }: Application,
    count: number,
    isDryRun: boolean,
  ): Promise<void> {
    const { formatProblem } = await import('../documents/load-documents.ts');
    const rows = await Promise.all(results.map(async (it) => ({ ...it, resource: await shown(it) })));
    if (problems.length === 0 || !['table', 'wide', 'name'].includes(flags.output)) {
      await this.printList(flags, rows, {
        kind: 'resource',
        name: (it) => it.resource,
        columns: [
          { header: 'RESOURCE', cell: (it) => it.resource },
          { header: 'ACTION', cell: (it) => it.action },
          { header: 'FROM', cell: (it) => (it.source === undefined ? '-' : `${it.source}:${it.line}`), isWide: true },
        ],
      });
    }
    for (const problem of problems) this.note(formatProblem(problem));
    if (problems.length > 0) {
      throw new CliError({
        code: 'ERR_CLI_APPLY_REFUSED',
        message: `${problems.length} of ${count} resources were refused; nothing was changed`,
        nextStep: 'Correct them and apply again.',
      });
    }
    const counts = new Map<string, number>();
    for (const { action } of results) counts.set(action, (counts.get(action) ?? 0) + 1);
    const summary = [...counts].map(([action, n]) => `${n} ${action}`).join(', ');
    this.note(isDryRun ? `Dry run, nothing was changed: ${summary}.` : `Applied: ${summary}.`);
  }
}

async function shown({ kind, name }: AppliedResource): Promise<string> {
  const { wordOfKind } = await import('../resources/kind-words.ts');
  return `${wordOfKind(kind)}/${neutralise(name)}`;
}
