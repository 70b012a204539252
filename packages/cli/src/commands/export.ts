import { Args, Flags } from '@oclif/core';
import { sessionFlags } from '../base-command.ts';
import { formatData } from '../output/format.ts';
import { filterFlags, filterOf } from '../resources/flags.ts';
import { ResourceCommand } from '../resources/resource-command.ts';

/** `sallyport export` */
export default class Export extends ResourceCommand {
  static override summary = 'Print resources as documents that can be applied again.';
  static override description =
    'Without kinds, everything of the organization, in the order of its references. Left out is what can not be applied: built-in roles, identity providers of the configuration file, and secrets, which nobody can read back.';
  static override args = { kind: Args.string({ description: 'kinds; all of them by default' }) };
  static override strict = false;
  static override usage = 'export [KIND…] [FLAGS]';
  static override flags = {
    ...filterFlags,
    output: Flags.option({
      char: 'o',
      summary: 'form of the output',
      options: ['yaml', 'json'] as const,
      default: 'yaml',
    })(),
    ...sessionFlags,
  };
  static override examples = [
    'sallyport export > organization.yaml',
    'sallyport export roles bindings -l team=payments',
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Export);
    const { APPLIED_KINDS, kindOfWord, singularOf } = await import('../resources/kind-words.ts');
    const { listResources } = await import('../resources/resource-client.ts');
    const { isReadOnly, toDocument } = await import('../resources/to-document.ts');
    const asked = (argv as string[]).flatMap((word) => word.split(',')).map(kindOfWord);
    const chosen = asked.length === 0 ? APPLIED_KINDS : APPLIED_KINDS.filter((kind) => asked.includes(kind));
    for (const kind of asked.filter((it) => !APPLIED_KINDS.includes(it))) {
      this.note(`${singularOf(kind)} is left out: it stands above the organization and can't be applied with it.`);
    }
    const documents = await this.withResources(flags, ({ resources }) =>
      this.withProgress(async (show) => {
        const found = [];
        for (const kind of chosen) {
          show(`Reading ${kind}`);
          found.push(...(await listResources(resources, kind, filterOf(flags))));
        }
        return found.filter((it) => !isReadOnly(it)).map((it) => toDocument(it));
      }),
    );
    if (flags.output === 'json') {
      this.data(await formatData('json', { items: documents }));
      return;
    }
    for (const document of documents) this.data(`---\n${await formatData('yaml', document)}`);
  }
}
