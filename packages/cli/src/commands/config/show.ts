import { BaseCommand, outputFlags } from '../../base-command.ts';

/** `sallyport config show` */
export default class ConfigShow extends BaseCommand {
  static override summary = 'Show the settings that this command line works with and where each comes from.';
  static override flags = outputFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigShow);
    const { readSettings } = await import('../../state/settings.ts');
    await this.printList(flags, await readSettings(this.context), {
      kind: 'setting',
      name: (it) => it.name,
      columns: [
        { header: 'SETTING', cell: (it) => it.name },
        { header: 'VALUE', cell: (it) => it.value ?? '-' },
        { header: 'FROM', cell: (it) => it.source },
      ],
    });
  }
}
