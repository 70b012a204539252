import { BaseCommand } from '../../base-command.ts';

/** `sallyport config path` */
export default class ConfigPath extends BaseCommand {
  static override summary = 'Print the path of the state folder.';

  async run(): Promise<void> {
    await this.parse(ConfigPath);
    const { resolveHome } = await import('../../state/home.ts');
    this.data(`${resolveHome(this.context).folder}\n`);
  }
}
