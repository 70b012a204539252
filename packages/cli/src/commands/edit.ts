import { Args } from '@oclif/core';
import { sessionFlags } from '../base-command.ts';
import { CliError } from '../errors.ts';
import { neutralise } from '../output/neutralise.ts';
import { ResourceCommand } from '../resources/resource-command.ts';

/** `sallyport edit` */
export default class Edit extends ResourceCommand {
  static override summary = 'Change a resource in your editor.';
  static override description =
    'VISUAL or EDITOR names the editor. When the change can not be made, your text stays in a file and its name is told.';
  static override args = { kind: Args.string({ required: true, description: 'KIND NAME, or KIND/NAME' }) };
  static override strict = false;
  static override usage = 'edit KIND NAME [FLAGS]';
  static override flags = sessionFlags;
  static override examples = ['sallyport edit project payments', 'EDITOR="code --wait" sallyport edit role/viewer'];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(this.ctor as typeof Edit);
    const { names } = await this.parseNames(argv);
    const [wanted, ...others] = names;
    if (wanted === undefined || others.length > 0) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: `${names.length} resources are named, one is wanted`,
        nextStep: 'Write "sallyport edit KIND NAME".',
      });
    }
    const { editResource } = await import('../resources/edit.ts');
    const { resolveHome } = await import('../state/home.ts');
    const home = resolveHome(this.context);
    const after = await this.withResources(flags, ({ resources }) =>
      editResource(wanted, { context: this.context, home, resources }),
    );
    this.note(after === undefined ? 'Nothing was changed.' : `Changed ${neutralise(after.metadata.name)}.`);
  }
}
