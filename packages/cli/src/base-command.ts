import { Command, Flags } from '@oclif/core';
import { contextOf } from './config.ts';
import type { CliContext } from './context.ts';
import { OUTPUT_FORMATS, type OutputFormat } from './output/format.ts';

/** The `-o` flag of commands that print data. */
export const outputFlag = Flags.custom<OutputFormat>({
  char: 'o',
  summary: 'form of the output',
  options: [...OUTPUT_FORMATS],
  default: 'table',
})();

/** The `--server` flag of commands that talk to a server. */
export const serverFlag = Flags.string({
  summary: 'server to talk to, by host name or URL; the current profile by default',
  helpValue: 'HOST',
});

/** The `--kubeconfig` flag of commands that read or write a kubeconfig. */
export const kubeconfigFlag = Flags.string({
  summary: 'kubeconfig file; those of KUBECONFIG, or ~/.kube/config, by default',
  helpValue: 'FILE',
});

/** What every command shares: streams, environment and clock come from the {@link CliContext}, not from the process. */
export abstract class BaseCommand extends Command {
  protected get context(): CliContext {
    return contextOf(this.config);
  }

  /** Writes data to stdout. */
  protected data(text: string): void {
    this.context.stdout.write(text);
  }

  /** Writes a line to stderr: progress, notes, what to do next. */
  protected note(line: string): void {
    this.context.stderr.write(`${line}\n`);
  }
}
