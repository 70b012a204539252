import { resolvePath } from './file-system.ts';
import type { Shell } from './shell.ts';
import type { ShellCommand } from './shell-commands.ts';
import { print } from './shell-io.ts';

const at = (shell: Shell, path: string) => shell.files.find(resolvePath(shell.workingDirectory, path));
const paths = (args: readonly string[]): string[] => args.filter((arg) => !arg.startsWith('-'));

function compare(a: string, operator: string, b: string): boolean | undefined {
  switch (operator) {
    case '=':
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '-eq':
      return Number(a) === Number(b);
    case '-ne':
      return Number(a) !== Number(b);
    case '-lt':
      return Number(a) < Number(b);
    case '-le':
      return Number(a) <= Number(b);
    case '-gt':
      return Number(a) > Number(b);
    case '-ge':
      return Number(a) >= Number(b);
    default:
      return undefined;
  }
}

function evaluateTest(shell: Shell, args: readonly string[]): boolean {
  const [first = '', second = '', third = ''] = args;
  if (first === '!') return !evaluateTest(shell, args.slice(1));
  if (args.length === 3) return compare(first, second, third) === true;
  switch (first) {
    case '-d':
      return at(shell, second)?.type === 'directory';
    case '-f':
      return at(shell, second)?.type === 'file';
    case '-e':
      return at(shell, second) !== undefined;
    case '-z':
      return second === '';
    case '-n':
      return second !== '';
    case '-t':
      return shell.terminal !== undefined;
    default:
      return first !== '';
  }
}

const test: ShellCommand = async (shell, args) => {
  const words = args.at(-1) === ']' ? args.slice(0, -1) : args;
  return evaluateTest(shell, words) ? 0 : 1;
};

/** Commands about files. */
export const FILE_COMMANDS: Readonly<Record<string, ShellCommand>> = {
  test,
  '[': test,
  async ls(shell, args) {
    const [path = '.'] = paths(args);
    const node = at(shell, path);
    if (!node) {
      await print(shell.stderr, `ls: ${path}: No such file or directory\n`);
      return 1;
    }
    const names = node.type === 'directory' ? [...node.entries.keys()].sort() : [path];
    await print(shell.stdout, names.map((name) => `${name}\n`).join(''));
    return 0;
  },
  async mkdir(shell, args) {
    for (const path of paths(args)) {
      const why = shell.files.makeDirectory(resolvePath(shell.workingDirectory, path));
      if (why) {
        await print(shell.stderr, `mkdir: can't create directory '${path}': ${why}\n`);
        return 1;
      }
    }
    return 0;
  },
  async rm(shell, args) {
    let code = 0;
    for (const path of paths(args)) {
      if (shell.files.remove(resolvePath(shell.workingDirectory, path)) || args.some((arg) => /^-\w*f/.test(arg)))
        continue;
      await print(shell.stderr, `rm: can't remove '${path}': No such file or directory\n`);
      code = 1;
    }
    return code;
  },
  async touch(shell, args) {
    for (const path of paths(args)) {
      const absolute = resolvePath(shell.workingDirectory, path);
      shell.files.writeFile(absolute, shell.files.readFile(absolute) ?? new Uint8Array());
    }
    return 0;
  },
  async chmod() {
    return 0;
  },
};
