import { Args, Flags } from '@oclif/core';
import { sessionFlags } from '../base-command.ts';
import { CliError } from '../errors.ts';
import { neutralise } from '../output/neutralise.ts';
import type { Deletion } from '../resources/delete.ts';
import { documentFlags, optionalFilenameFlag } from '../resources/flags.ts';
import { ResourceCommand } from '../resources/resource-command.ts';

/** `sallyport delete` */
export default class Delete extends ResourceCommand {
  static override summary = 'Delete resources, by name or as documents describe them.';
  static override args = { kind: Args.string({ description: 'KIND NAME…, or KIND/NAME…' }) };
  static override strict = false;
  static override usage = 'delete (KIND NAME… | KIND/NAME… | -f FILE) [FLAGS]';
  static override flags = {
    filename: optionalFilenameFlag,
    recursive: documentFlags.recursive,
    'ignore-not-found': Flags.boolean({ summary: 'what is gone already is no failure' }),
    yes: Flags.boolean({ char: 'y', summary: 'delete an organization without asking' }),
    ...sessionFlags,
  };
  static override examples = [
    'sallyport delete project payments',
    'sallyport delete role/old binding/old',
    'sallyport delete -f access.yaml --ignore-not-found',
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(this.ctor as typeof Delete);
    const deletions = await this.#deletions(argv, flags);
    const organizations = deletions.filter(({ kind }) => kind === 'Organization').map(({ name }) => name);
    if (organizations.length > 0) {
      const question = `Delete ${organizations.map(neutralise).join(', ')} with everything in it, for good?`;
      await this.confirm(question, { isConfirmed: flags.yes });
    }
    const { deleteResources } = await import('../resources/delete.ts');
    const { singularOf } = await import('../resources/kind-words.ts');
    const results = await this.withResources(flags, ({ resources }) =>
      deleteResources(resources, deletions, ({ kind, name, action, problem }) => {
        const what = `${singularOf(kind)}/${neutralise(name)}`;
        if (action === 'deleted') this.data(`${what} deleted\n`);
        else if (action === 'failed' || !flags['ignore-not-found'])
          this.note(`${what}: ${neutralise(problem?.sentence ?? '')} (${problem?.code})`);
      }),
    );
    const failed = results.filter(
      ({ action }) => action === 'failed' || (action === 'missing' && !flags['ignore-not-found']),
    );
    if (failed.length === 0) return;
    throw new CliError({
      code: 'ERR_CLI_PARTLY_DONE',
      message: `${failed.length} of ${results.length} resources could not be deleted`,
      nextStep: failed[0]?.problem?.nextStep ?? 'Each reason stands above.',
    });
  }

  async #deletions(
    argv: readonly unknown[],
    flags: { readonly filename: readonly string[] | undefined; readonly recursive: boolean },
  ): Promise<readonly Deletion[]> {
    if ((argv.length === 0) === (flags.filename === undefined)) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: 'either names or -f FILE are wanted',
        nextStep: 'Run "sallyport delete --help" for examples.',
      });
    }
    if (flags.filename !== undefined) {
      const { loadDocuments } = await import('../documents/load-documents.ts');
      const note = (line: string) => this.note(line);
      const documents = await loadDocuments(this.context, {
        paths: flags.filename,
        isRecursive: flags.recursive,
        note,
      });
      return documents.map(({ kind, name, document: { metadata } }) => ({
        kind,
        name,
        ...(metadata.resourceVersion !== undefined && { resourceVersion: metadata.resourceVersion }),
      }));
    }
    const { names } = await this.parseNames(argv);
    if (names.length > 0) return names;
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: 'no resource is named',
      nextStep: 'Write "sallyport delete KIND NAME".',
    });
  }
}
