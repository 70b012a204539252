import { BaseCommand, outputFlags } from '../base-command.ts';

/** `sallyport version` */
export default class Version extends BaseCommand {
  static override summary = 'Print the version of the CLI and of what it runs on.';
  static override flags = outputFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const row = {
      version: this.context.version,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    };
    await this.printOne(flags, row, {
      kind: 'version',
      name: (it) => it.version,
      columns: [
        { header: 'VERSION', cell: (it) => it.version },
        { header: 'NODE', cell: (it) => it.node },
        { header: 'PLATFORM', cell: (it) => it.platform },
      ],
    });
  }
}
