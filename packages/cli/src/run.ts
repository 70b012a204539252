import { Errors, Help } from '@oclif/core';
import { nearestName } from '@sallyport/core';
import { COMMAND_LOADERS } from './command-loaders.ts';
import { createConfig } from './config.ts';
import type { CliContext } from './context.ts';
import { CliError } from './errors.ts';
import { EXIT_CODES, exitCodeOf } from './exit-codes.ts';
import { findCommandId } from './find-command.ts';
import { describeError, formatError, formatErrorLine } from './output/error.ts';

/**
 * Runs one command line and says with which code the process should end. Never rejects: an error is printed to stderr
 * as sentence, code and next step.
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const { id, rest } = findCommandId(argv);
  try {
    if (wantsHelp(argv, id)) return await showHelp(argv, id, context);
    if (id === undefined) throw unknownCommand(argv);
    const config = await createConfig(context, { describe: false });
    await config.runCommand(id, [...rest]);
    return EXIT_CODES.ok;
  } catch (error) {
    if (error instanceof Errors.ExitError) return error.oclif.exit ?? EXIT_CODES.failed;
    const shown = describeError(fromParser(error, id, argv));
    const isPlugin = id === 'kube:credential';
    const isColored = context.stderr.isTTY === true && !context.env['NO_COLOR'];
    context.stderr.write(isPlugin ? formatErrorLine(shown) : formatError(shown, { isColored }));
    if (context.env['SALLYPORT_DEBUG']) context.stderr.write(`${debugText(error)}\n`);
    return exitCodeOf(shown.code);
  }
}

function wantsHelp(argv: readonly string[], id: string | undefined): boolean {
  if (argv.length === 0 || argv[0] === 'help') return true;
  if (id === undefined && isTopic(argv[0] ?? '') && argv.length === 1) return true;
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).some((word) => word === '--help' || word === '-h');
}

function isTopic(word: string): boolean {
  return Object.keys(COMMAND_LOADERS).some((id) => id.startsWith(`${word}:`));
}

async function showHelp(argv: readonly string[], id: string | undefined, context: CliContext): Promise<number> {
  const words = (argv[0] === 'help' ? argv.slice(1) : argv).filter((word) => !word.startsWith('-'));
  const subject = id ?? findCommandId(words).id ?? words[0];
  if (subject !== undefined && !Object.hasOwn(COMMAND_LOADERS, subject) && !isTopic(subject))
    throw unknownCommand(words);
  const config = await createConfig(context, { describe: true });
  const help = new ContextHelp(context, config);
  await help.showHelp(subject === undefined ? [] : [subject]);
  return EXIT_CODES.ok;
}

/** oclif's help, written to the context's stdout. */
class ContextHelp extends Help {
  readonly #context: CliContext;

  constructor(context: CliContext, config: ConstructorParameters<typeof Help>[0]) {
    super(config, { stripAnsi: context.stdout.isTTY !== true || Boolean(context.env['NO_COLOR']) });
    this.#context = context;
  }

  protected override log(...lines: string[]): void {
    this.#context.stdout.write(`${lines.join('\n')}\n`);
  }
}

function unknownCommand(argv: readonly string[]): CliError {
  const typed = argv.filter((word) => !word.startsWith('-'));
  const known = Object.keys(COMMAND_LOADERS).map((id) => id.replaceAll(':', ' '));
  const guess = nearestName(typed.slice(0, 2).join(' '), known) ?? nearestName(typed[0] ?? '', known);
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `there is no command ${JSON.stringify(typed.slice(0, 2).join(' ') || argv[0])}`,
    nextStep:
      guess === undefined
        ? 'Run "sallyport help" for the list.'
        : `Did you mean "sallyport ${guess}"? "sallyport help" lists all.`,
  });
}

/** Translates what oclif's parser throws into one of our errors; everything else passes. */
function fromParser(error: unknown, id: string | undefined, argv: readonly string[]): unknown {
  if (!(error instanceof Errors.CLIError)) return error;
  const flag = argv.find((word) => word.startsWith('--') && error.message.includes(word.split('=')[0] ?? word));
  const [sentence = ''] = error.message.split('\nSee more help');
  const command = id === undefined ? 'sallyport' : `sallyport ${id.replaceAll(':', ' ')}`;
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: sentence
      .replace(/^Nonexistent flag/, 'unknown flag')
      .replace(/\n\s*/g, ' ')
      .trim(),
    cause: error,
    nextStep: `Run "${command} --help" for its flags${flag === undefined ? '' : ` (you wrote ${flag.split('=')[0]})`}.`,
  });
}

function debugText(error: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? at.message);
  return lines.join('\ncaused by: ');
}
