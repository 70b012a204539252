import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { SHELLS } from '../completion/shells.ts';

/** `sallyport completion` */
export default class Completion extends BaseCommand {
  static override summary = 'Print a script that completes commands, flags and names in your shell.';
  static override description =
    'Names of clusters, users and the like come from the server and are kept for half a minute, in your state folder.';
  static override args = {
    shell: Args.string({ required: true, options: [...SHELLS], description: 'your shell' }),
  };
  static override examples = [
    'source <(sallyport completion bash)',
    'sallyport completion zsh > ~/.zsh/completions/_sallyport',
    'sallyport completion fish > ~/.config/fish/completions/sallyport.fish',
    'sallyport completion powershell | Out-String | Invoke-Expression',
  ];

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const { completionScript } = await import('../completion/scripts.ts');
    const shell = SHELLS.find((known) => known === args.shell);
    if (shell !== undefined) this.data(completionScript(shell));
  }
}
