import { sleep } from '../../clock.ts';
import { resolvePath } from './file-system.ts';
import { echoPort, httpPort } from './port-handlers.ts';
import { runSource, type Shell, ShellExit } from './shell.ts';
import { FILE_COMMANDS } from './shell-file-commands.ts';
import { type BufferedReader, print } from './shell-io.ts';
import { tarCommand } from './shell-tar.ts';
import { TEXT_COMMANDS } from './shell-text-commands.ts';

/** A command of the scripted shell: what it is given, and its exit code. */
export type ShellCommand = (shell: Shell, args: readonly string[]) => Promise<number>;

/** Waits until the process is stopped. */
function forever(shell: Shell): Promise<number> {
  return new Promise((resolve) => shell.signal.addEventListener('abort', () => resolve(143), { once: true }));
}

async function sh(shell: Shell, args: readonly string[]): Promise<number> {
  const option = args.findIndex((arg) => /^-\w*c$/.test(arg));
  if (option !== -1) {
    const [source = '', , ...parameters] = args.slice(option + 1);
    return runSource({ ...shell, variables: new Map(shell.variables), parameters }, source);
  }
  const inner: Shell = { ...shell, variables: new Map(shell.variables) };
  const input = shell.stdin as BufferedReader;
  for (;;) {
    if (shell.terminal) await print(shell.stdout, `${inner.workingDirectory} # `);
    const line = await input.readLine();
    if (line === undefined) {
      if (shell.terminal) await print(shell.stdout, '\n');
      return inner.lastCode;
    }
    inner.lastCode = await runSource(inner, line);
  }
}

function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text);
  const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] || 's'] ?? 1_000;
  return match ? Number(match[1]) * unit : Number.NaN;
}

async function sleepCommand(shell: Shell, [duration = '']: readonly string[]): Promise<number> {
  if (duration === 'infinity') return forever(shell);
  const ms = durationMs(duration);
  if (Number.isNaN(ms)) {
    await print(shell.stderr, `sleep: invalid number '${duration}'\n`);
    return 1;
  }
  try {
    await sleep(shell.clock, ms, shell.signal);
    return 0;
  } catch {
    // Stopped while asleep, which is what a signal does to the real one.
    return 143;
  }
}

async function sttySize(shell: Shell, args: readonly string[]): Promise<number> {
  if (!shell.terminal) {
    await print(shell.stderr, 'stty: standard input\n');
    return 1;
  }
  const { width = 0, height = 0 } = shell.terminal.size ?? {};
  if (args[0] === 'size') await print(shell.stdout, `${height} ${width}\n`);
  return 0;
}

async function serve(shell: Shell, port: number, what: 'http' | 'echo'): Promise<number> {
  shell.listen(port, what === 'echo' ? echoPort : httpPort(`hello from ${shell.hostname}:${port}`));
  return forever(shell);
}

const COMMANDS: Readonly<Record<string, ShellCommand>> = {
  ...TEXT_COMMANDS,
  ...FILE_COMMANDS,
  sh,
  ash: sh,
  bash: sh,
  tar: tarCommand,
  stty: sttySize,
  sleep: sleepCommand,
  pause: forever,
  true: async () => 0,
  ':': async () => 0,
  false: async () => 1,
  async exit(shell, [code]) {
    throw new ShellExit(code === undefined ? shell.lastCode : Number(code) & 0xff);
  },
  async cd(shell, [path = '/root']) {
    const target = resolvePath(shell.workingDirectory, path);
    if (shell.files.find(target)?.type !== 'directory') {
      await print(shell.stderr, `sh: cd: can't cd to ${path}: No such file or directory\n`);
      return 2;
    }
    shell.workingDirectory = target;
    return 0;
  },
  async pwd(shell) {
    await print(shell.stdout, `${shell.workingDirectory}\n`);
    return 0;
  },
  async export(shell, args) {
    for (const arg of args) {
      const [name = '', value] = arg.split('=', 2);
      if (value !== undefined) shell.variables.set(name, value);
    }
    return 0;
  },
  async env(shell) {
    await print(shell.stdout, [...shell.variables].map(([name, value]) => `${name}=${value}\n`).join(''));
    return 0;
  },
  async hostname(shell) {
    await print(shell.stdout, `${shell.hostname}\n`);
    return 0;
  },
  async whoami(shell) {
    await print(shell.stdout, 'root\n');
    return 0;
  },
  async id(shell) {
    await print(shell.stdout, 'uid=0(root) gid=0(root) groups=0(root)\n');
    return 0;
  },
  async uname(shell, args) {
    await print(shell.stdout, args.includes('-a') ? `Linux ${shell.hostname} 6.12.0 x86_64 GNU/Linux\n` : 'Linux\n');
    return 0;
  },
  async date(shell, [format]) {
    const now = new Date(shell.clock.now());
    await print(shell.stdout, format === '+%s' ? `${Math.floor(now.getTime() / 1_000)}\n` : `${now.toUTCString()}\n`);
    return 0;
  },
  async read(shell, [name = 'REPLY']) {
    const line = await (shell.stdin as BufferedReader).readLine();
    shell.variables.set(name, line ?? '');
    return line === undefined ? 1 : 0;
  },
  httpd(shell, args) {
    const port = args[args.indexOf('-p') + 1] ?? '80';
    return serve(shell, Number(port), 'http');
  },
  nc(shell, args) {
    const port = args.find((arg) => /^\d+$/.test(arg)) ?? '7';
    return serve(shell, Number(port), 'echo');
  },
  async nginx(shell) {
    await print(shell.stdout, '/docker-entrypoint.sh: Configuration complete; ready for start up\n');
    return serve(shell, 80, 'http');
  },
};

/** The command called `name`, if the shell has it. */
export function commandNamed(name: string): ShellCommand | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}
