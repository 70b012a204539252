import { Command, Flags } from '@oclif/core';
import { contextOf } from './config.ts';
import type { CliContext } from './context.ts';
import {
  formatList,
  formatOne,
  OUTPUT_FORMATS,
  type OutputFormat,
  parseOutputFormat,
  type View,
} from './output/format.ts';

/** The `-o` flag of commands that print data. */
export const outputFlag = Flags.custom<OutputFormat>({
  char: 'o',
  summary: 'form of the output',
  helpValue: [...OUTPUT_FORMATS, 'jsonpath=TEMPLATE'].join('|'),
  default: 'table',
  parse: async (text) => parseOutputFormat(text),
})();

/** The flags of commands that print data, for {@link BaseCommand.printOne} and {@link BaseCommand.printList}. */
export const outputFlags = {
  output: outputFlag,
  'no-headers': Flags.boolean({ summary: 'leave the line of headers out of a table' }),
};

/** The `--server` flag of commands that talk to a server. */
export const serverFlag = Flags.string({
  summary: 'server to talk to, by host name or URL',
  helpValue: 'HOST',
  exclusive: ['profile'],
});

/** The `--profile` flag of commands that talk to a server. */
export const profileFlag = Flags.string({
  summary: 'profile to use; that of SALLYPORT_PROFILE, or the current one, by default',
  helpValue: 'NAME',
});

/** The flags of commands that talk to a server: hand the parsed flags to `withSession` as they are. */
export const sessionFlags = { server: serverFlag, profile: profileFlag };

/** The `--kubeconfig` flag of commands that read or write a kubeconfig. */
export const kubeconfigFlag = Flags.string({
  summary: 'kubeconfig file; those of KUBECONFIG, or ~/.kube/config, by default',
  helpValue: 'FILE',
});

/** What {@link outputFlags} parse to. */
export interface OutputChoice {
  readonly output: OutputFormat;
  readonly 'no-headers'?: boolean;
}

/** What every command shares: streams, environment and clock come from the {@link CliContext}, not from the process. */
export abstract class BaseCommand extends Command {
  protected get context(): CliContext {
    return contextOf(this.config);
  }

  /** Writes data to stdout. */
  protected data(text: string): void {
    this.context.stdout.write(text);
  }

  /** Writes one object to stdout in the form that the flags ask for. */
  protected async printOne<Row>(flags: OutputChoice, row: Row, view: View<Row>): Promise<void> {
    this.data(await formatOne(flags.output, row, view, { isHeadless: flags['no-headers'] === true }));
  }

  /** Writes a list to stdout in the form that the flags ask for. */
  protected async printList<Row>(flags: OutputChoice, rows: readonly Row[], view: View<Row>): Promise<void> {
    this.data(await formatList(flags.output, rows, view, { isHeadless: flags['no-headers'] === true }));
  }

  /** Writes a line to stderr: progress, notes, what to do next. */
  protected note(line: string): void {
    this.context.stderr.write(`${line}\n`);
  }
}
