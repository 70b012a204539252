import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sallyport/core';
import type { CliContext } from './context.ts';
import { interrupted } from './errors.ts';
import { EXIT_CODES } from './exit-codes.ts';

const root = new URL('../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };

const context: CliContext = {
  version,
  env: process.env,
  cwd: process.cwd(),
  userHome: homedir(),
  platform: process.platform,
  // A getter: touching standard input opens it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  selfCommand: [process.execPath, fileURLToPath(new URL('bin/sallyport.js', root))],
  openBrowser,
  openEditor,
  runDetached,
  interruptSignal: onInterrupt(),
};

// A reader that goes away (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_CODES.ok);
});

// The clock's timers never keep a process alive; a command that waits by them must not be cut off.
const anchor = setInterval(() => {}, 2 ** 30);
process.exitCode = await run(process.argv.slice(2));
clearInterval(anchor);

async function run(argv: readonly string[]): Promise<number> {
  if (argv[0] !== 'complete') return (await import('./run.ts')).runCli(argv, context);
  // Called at each Tab: nothing is loaded that it doesn't need.
  return (await import('./completion/run-complete.ts')).runComplete(argv.slice(1), context);
}

function onInterrupt(): () => AbortSignal {
  let controller: AbortController | undefined;
  return () => {
    if (controller !== undefined) return controller.signal;
    const started = new AbortController();
    controller = started;
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        // The first signal asks for an orderly end, the second one insists.
        if (started.signal.aborted) process.exit(EXIT_CODES.interrupted);
        started.abort(interrupted(name));
      });
    }
    return started.signal;
  };
}

function openBrowser(url: URL): Promise<boolean> {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler']
        : ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url.href], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

function openEditor(editor: string, file: string): Promise<number> {
  // The variable holds a command line of the person's own, with arguments: only a shell reads it as they mean it. The
  // file's name is handed over beside it, never inside it.
  const child =
    process.platform === 'win32'
      ? spawn(`${editor} "${file}"`, { stdio: 'inherit', shell: true })
      : spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? EXIT_CODES.failed));
  });
}

function runDetached(args: readonly string[]): Promise<void> {
  const [program = '', ...script] = context.selfCommand;
  const child = spawn(program, [...script, ...args], { stdio: 'ignore', detached: true });
  child.unref();
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}
