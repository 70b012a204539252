import { createBytePipe, EMPTY_READER, NULL_WRITER } from './byte-pipe.ts';
import { resolvePath } from './file-system.ts';
import type { ProcessContext, RunProcess } from './process.ts';
import { evaluateArithmetic } from './shell-arithmetic.ts';
import { commandNamed } from './shell-commands.ts';
import { createBufferedReader, createLineDiscipline, createScreen, print } from './shell-io.ts';
import { parseScript, ShellSyntaxError } from './shell-parse.ts';
import type { Command, Pipeline, Redirect, Script, Word } from './shell-syntax.ts';

/** State of one shell. */
export interface Shell extends ProcessContext {
  workingDirectory: string;
  readonly variables: Map<string, string>;
  lastCode: number;
  /** Positional parameters. */
  readonly parameters: readonly string[];
}

/** `exit`, and the end by a signal: leaves every loop and list at once. */
export class ShellExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Exit code of a process that was interrupted or stopped. */
const TERMINATED = 143;

/**
 * Runs a command of the scripted shell. It is an interpreter over an in-memory file system: nothing ever reaches the
 * host. A container without a command just lives until it is stopped.
 */
export const runShell: RunProcess = async (command, context) => {
  const stdout = context.terminal ? createScreen(context.stdout) : context.stdout;
  const stderr = context.terminal ? stdout : context.stderr;
  const stdin = context.terminal ? createLineDiscipline(context.stdin, context.stdout, () => undefined) : context.stdin;
  const shell: Shell = {
    ...context,
    stdin: createBufferedReader(stdin),
    stdout,
    stderr,
    variables: new Map(Object.entries(context.env)),
    lastCode: 0,
    parameters: [],
  };
  const stopped = new Promise<number>((resolve) => {
    if (context.signal.aborted) resolve(TERMINATED);
    context.signal.addEventListener('abort', () => resolve(TERMINATED), { once: true });
  });
  if (command.length === 0) return stopped;
  return Promise.race([stopped, guarded(() => runCommand(shell, command))]);
};

async function guarded(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ShellExit) return error.exitCode;
    throw error;
  }
}

/** Runs one command by its words. */
export async function runCommand(shell: Shell, argv: readonly string[]): Promise<number> {
  const name = (argv[0] as string).slice((argv[0] as string).lastIndexOf('/') + 1);
  const command = commandNamed(name);
  if (!command) {
    await print(shell.stderr, `sh: ${argv[0]}: not found\n`);
    return 127;
  }
  return command(shell, argv.slice(1));
}

/** Runs a script given as text, as `sh -c` does. */
export async function runSource(shell: Shell, source: string): Promise<number> {
  try {
    return await runScript(shell, parseScript(source));
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    await print(shell.stderr, `sh: ${error.message}\n`);
    return 2;
  }
}

async function runScript(shell: Shell, script: Script): Promise<number> {
  for (const { join, pipeline } of script) {
    if (shell.signal.aborted) throw new ShellExit(TERMINATED);
    if ((join === '&&' && shell.lastCode !== 0) || (join === '||' && shell.lastCode === 0)) continue;
    const code = await runPipeline(shell, pipeline);
    shell.lastCode = pipeline.negated ? Number(code === 0) : code;
  }
  return shell.lastCode;
}

async function runPipeline(shell: Shell, { commands }: Pipeline): Promise<number> {
  const last = commands.length - 1;
  if (last === 0) return runOne(shell, commands[0] as Command);
  const pipes = commands.slice(1).map(() => createBytePipe());
  const codes = await Promise.all(
    commands.map(async (command, i) => {
      const stdin = i === 0 ? shell.stdin : createBufferedReader(pipes[i - 1] ?? EMPTY_READER);
      const child = { ...shell, variables: new Map(shell.variables), stdin, stdout: pipes[i] ?? shell.stdout };
      const code = await guarded(() => runOne(child, command));
      pipes[i]?.close();
      // Nobody reads the pipe before this command any more: its writer must not wait for ever.
      if (i > 0) pipes[i - 1]?.close();
      return code;
    }),
  );
  return codes[last] as number;
}

async function runOne(shell: Shell, command: Command): Promise<number> {
  switch (command.is) {
    case 'simple':
      return runSimple(shell, command);
    case 'group': {
      const { shell: inner, flush } = await redirected(shell, command.redirects);
      if (!command.subshell && command.redirects.length === 0) return runScript(shell, command.body);
      const child = { ...inner, variables: command.subshell ? new Map(shell.variables) : shell.variables };
      const code = command.subshell
        ? await guarded(() => runScript(child, command.body))
        : await runScript(child, command.body);
      flush();
      return code;
    }
    case 'if':
      for (const { condition, body } of command.branches) {
        if ((await runScript(shell, condition)) === 0) return runScript(withCode(shell), body);
      }
      return command.otherwise ? runScript(withCode(shell), command.otherwise) : 0;
    case 'loop': {
      let code = 0;
      while (((await runScript(shell, command.condition)) === 0) !== command.until) {
        code = await runScript(withCode(shell), command.body);
        // A loop that does nothing that waits must not stop the rest of the process.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return code;
    }
    case 'for': {
      let code = 0;
      for (const value of (await Promise.all(command.words.map((word) => expand(shell, word)))).flat()) {
        shell.variables.set(command.name, value);
        code = await runScript(withCode(shell), command.body);
      }
      return code;
    }
  }
}

/** The condition's result must not decide about the first `&&` of the body. */
function withCode(shell: Shell): Shell {
  shell.lastCode = 0;
  return shell;
}

async function runSimple(shell: Shell, command: Extract<Command, { is: 'simple' }>): Promise<number> {
  const words = (await Promise.all(command.words.map((word) => expand(shell, word)))).flat();
  for (const { name, value } of command.assignments)
    shell.variables.set(name, (await expand(shell, value, false)).join(''));
  const { shell: inner, flush, problem } = await redirected(shell, command.redirects);
  if (problem) {
    await print(shell.stderr, `sh: ${problem}\n`);
    return 1;
  }
  const code = words.length === 0 ? shell.lastCode : await runCommand(inner, words);
  shell.workingDirectory = inner.workingDirectory;
  flush();
  return words.length === 0 ? 0 : code;
}

interface Redirected {
  readonly shell: Shell;
  /** Writes collected output to its files. */
  readonly flush: () => void;
  readonly problem?: string;
}

async function redirected(shell: Shell, redirects: readonly Redirect[]): Promise<Redirected> {
  if (redirects.length === 0) return { shell, flush: () => undefined };
  const inner: { -readonly [Key in keyof Shell]: Shell[Key] } = { ...shell };
  const files: (() => void)[] = [];
  for (const { fd, operator, target } of redirects) {
    const name = (await expand(shell, target, false)).join('');
    if (operator === '>&') {
      if (fd === 2) inner.stderr = name === '1' ? inner.stdout : inner.stderr;
      else inner.stdout = name === '2' ? inner.stderr : inner.stdout;
      continue;
    }
    const path = resolvePath(shell.workingDirectory, name);
    if (operator === '<') {
      const content = shell.files.readFile(path);
      if (path !== '/dev/null' && !content)
        return { shell, flush: () => undefined, problem: `can't open ${name}: no such file` };
      const pipe = createBytePipe();
      if (content) void pipe.write(content);
      pipe.close();
      inner.stdin = createBufferedReader(pipe);
      continue;
    }
    const chunks: Uint8Array[] = operator === '>>' ? [shell.files.readFile(path) ?? new Uint8Array()] : [];
    if (path !== '/dev/null') {
      const why = shell.files.writeFile(path, Buffer.concat(chunks));
      if (why) return { shell, flush: () => undefined, problem: `can't create ${name}: ${why.toLowerCase()}` };
      files.push(() => shell.files.writeFile(path, Buffer.concat(chunks)));
    }
    const writer =
      path === '/dev/null' ? NULL_WRITER : { write: (bytes: Uint8Array) => Promise.resolve(void chunks.push(bytes)) };
    if (fd === 2) inner.stderr = writer;
    else inner.stdout = writer;
  }
  const flush = (): void => {
    for (const write of files) write();
  };
  return { shell: inner, flush };
}

function variable(shell: Shell, name: string): string {
  if (name === '?') return String(shell.lastCode);
  if (name === '$') return '1';
  if (name === '#') return String(shell.parameters.length);
  if (name === '@' || name === '*') return shell.parameters.join(' ');
  if (/^[0-9]$/.test(name)) return name === '0' ? 'sh' : (shell.parameters[Number(name) - 1] ?? '');
  return shell.variables.get(name) ?? '';
}

/** Expands a word; unquoted expansions are split at spaces unless `split` is false. */
async function expand(shell: Shell, word: Word, split = true): Promise<string[]> {
  const results: string[] = [];
  let current: string | undefined;
  const add = (text: string, quoted: boolean): void => {
    if (quoted || !split) {
      current = (current ?? '') + text;
      return;
    }
    const pieces = text.split(/[ \t\n]+/);
    for (const [i, piece] of pieces.entries()) {
      if (i > 0 && current !== undefined) {
        results.push(current);
        current = undefined;
      }
      if (piece !== '') current = (current ?? '') + piece;
    }
  };
  for (const part of word) {
    if (part.is === 'text') current = (current ?? '') + part.text;
    else if (part.is === 'arithmetic')
      add(String(evaluateArithmetic(part.expression, (name) => variable(shell, name))), true);
    else if (part.is === 'variable') add(variable(shell, part.name) || (part.fallback ?? ''), part.quoted);
    else add(await capture(shell, part.script), part.quoted);
  }
  if (current !== undefined) results.push(current);
  return results;
}

async function capture(shell: Shell, script: Script): Promise<string> {
  const chunks: Uint8Array[] = [];
  const stdout = { write: (bytes: Uint8Array) => Promise.resolve(void chunks.push(bytes)) };
  const child = { ...shell, variables: new Map(shell.variables), stdout };
  shell.lastCode = await guarded(() => runScript(child, script));
  return Buffer.concat(chunks).toString('utf8').replace(/\n+$/, '');
}
