import { BaseCommand, outputFlag } from '../base-command.ts';
import { formatOne } from '../output/format.ts';

/** `sallyport version` */
export default class Version extends BaseCommand {
  static override summary = 'Print the version of the CLI and of what it runs on.';
  static override flags = { output: outputFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const row = {
      version: this.context.version,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    };
    this.data(
      await formatOne(flags.output, row, {
        kind: 'version',
        name: (it) => it.version,
        columns: [
          { header: 'VERSION', cell: (it) => it.version },
          { header: 'NODE', cell: (it) => it.node },
          { header: 'PLATFORM', cell: (it) => it.platform },
        ],
      }),
    );
  }
}
