import { BaseCommand, type OutputChoice } from '../base-command.ts';
import { formatList, formatOne } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';
import type { Session } from '../session/session.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import type { AnyResource, ResourceClient } from './resource-client.ts';

// An application of thousands of resources is one transaction and one answer.
const LONG_MS = 10 * 60_000;

/** A session with the operations of every kind beside the API client. */
export interface ResourceSession extends Pick<Session, 'api' | 'profile'> {
  readonly resources: ResourceClient;
}

/** What commands on resources share. */
export abstract class ResourceCommand extends BaseCommand {
  /** Word of the kind where the command is of one kind's own topic: it then stands in no argument. */
  protected readonly ownKind?: string;

  /** Runs `work` with a session that waits for long answers too. */
  protected async withResources<Result>(
    flags: ProfileSelection,
    work: (session: ResourceSession) => Promise<Result>,
  ): Promise<Result> {
    const { withSession } = await import('../session/session.ts');
    const { createResourceClient } = await import('./resource-client.ts');
    return withSession(
      this.context,
      flags,
      ({ api, profile }) => work({ api, profile, resources: createResourceClient(api, profile.organization) }),
      { timeoutMs: LONG_MS },
    );
  }

  /** Runs `work` with a line of progress that is gone afterwards, whatever happens. */
  protected async withProgress<Result>(work: (show: (text: string) => void) => Promise<Result>): Promise<Result> {
    const progress = createProgress(this.context);
    try {
      return await work(progress.show);
    } finally {
      progress.clear();
    }
  }

  /** Prints resources: tables one per kind, JSON and YAML as one list. */
  protected async printResources(flags: OutputChoice, resources: readonly AnyResource[]): Promise<void> {
    const { viewOf } = await import('./resource-views.ts');
    const options = { isHeadless: flags['no-headers'] === true };
    const [first] = resources;
    if (first === undefined || !['table', 'wide', 'name'].includes(flags.output)) {
      this.data(await formatList(flags.output, resources, viewOf(first?.kind ?? 'Project'), options));
      return;
    }
    const found = [...new Set(resources.map(({ kind }) => kind))];
    const tables = await Promise.all(
      found.map((kind) =>
        formatList(
          flags.output,
          resources.filter((it) => it.kind === kind),
          viewOf(kind),
          options,
        ),
      ),
    );
    this.data(tables.join(flags.output === 'name' ? '' : '\n'));
  }

  /** Prints one resource. */
  protected async printResource(flags: OutputChoice, resource: AnyResource): Promise<void> {
    const { viewOf } = await import('./resource-views.ts');
    this.data(
      await formatOne(flags.output, resource, viewOf(resource.kind), { isHeadless: flags['no-headers'] === true }),
    );
  }

  /**
   * Asks the person to confirm what can't be taken back.
   * @throws CliError `ERR_CLI_NOT_CONFIRMED` when they don't, or when nobody can be asked
   */
  protected async confirm(question: string, options: { readonly isConfirmed: boolean }): Promise<void> {
    if (options.isConfirmed) return;
    const { confirmByYes } = await import('../input/asker.ts');
    await confirmByYes(this.context, question);
  }

  /** The kinds and resources that the arguments name. */
  protected async parseNames(argv: readonly unknown[]) {
    const { parseResourceNames } = await import('./kind-words.ts');
    return parseResourceNames([...(this.ownKind === undefined ? [] : [this.ownKind]), ...argv.map(String)]);
  }
}
