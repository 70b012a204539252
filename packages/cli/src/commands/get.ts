import { Args, Flags } from '@oclif/core';
import { outputFlags, sessionFlags } from '../base-command.ts';
import { filterFlags, filterOf } from '../resources/flags.ts';
import { ResourceCommand } from '../resources/resource-command.ts';

const DEFAULT_LIMIT = 100;

/** `sallyport get` */
export default class Get extends ResourceCommand {
  static override summary = 'Show resources of any kind.';
  static override description =
    'Kinds are named as in documents or in the plural: project, projects, idp, sa. Several kinds are separated by commas.';
  static override args = { kind: Args.string({ required: true, description: 'KIND [NAME…], or KIND/NAME…' }) };
  static override strict = false;
  static override usage = 'get KIND [NAME…] [FLAGS]';
  static override flags = {
    ...filterFlags,
    limit: Flags.integer({
      summary: `how many of each kind at the most; ${DEFAULT_LIMIT} by default`,
      min: 1,
      exclusive: ['all'],
    }),
    all: Flags.boolean({ summary: 'all of each kind, however many' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport get projects',
    'sallyport get clusters -l env=prod -o wide',
    'sallyport get users,groups --search payments',
    'sallyport get role/payments-admin -o yaml',
    'sallyport get bindings --all -o jsonpath=\'{range .items[*]}{.metadata.name}{"\\n"}{end}\'',
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(this.ctor as typeof Get);
    const { kinds, names } = await this.parseNames(argv);
    await this.withResources(flags, async ({ resources }) => {
      if (names.length > 0) {
        const found = [];
        for (const { kind, name } of names) found.push(await resources.get(kind, name));
        const [only] = found;
        return found.length === 1 && only !== undefined
          ? this.printResource(flags, only)
          : this.printResources(flags, found);
      }
      const { listUpTo } = await import('../resources/list-all.ts');
      const found = [];
      for (const kind of kinds) {
        const limit = flags.all ? Number.POSITIVE_INFINITY : (flags.limit ?? DEFAULT_LIMIT);
        const { items, totalCount } = await listUpTo(limit, (page) =>
          resources.list(kind, { ...filterOf(flags), ...page }),
        );
        found.push(...items);
        if (items.length < totalCount)
          this.note(`${items.length} of ${totalCount} are shown. Pass --all for the rest.`);
      }
      if (found.length === 0) this.note('There is nothing of that kind that you may see.');
      return this.printResources(flags, found);
    });
  }
}
