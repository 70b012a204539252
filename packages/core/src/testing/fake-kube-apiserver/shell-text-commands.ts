import { createHash } from 'node:crypto';
import { resolvePath } from './file-system.ts';
import type { Shell } from './shell.ts';
import type { ShellCommand } from './shell-commands.ts';
import { forEachChunk, print, readAll } from './shell-io.ts';

const CHUNK_BYTES = 32_768;

/** Content of a file, of `/dev/zero` (endless: `undefined`) or of stdin. */
async function input(shell: Shell, name: string | undefined): Promise<Buffer | undefined> {
  if (name === undefined || name === '-') return readAll(shell.stdin);
  const path = resolvePath(shell.workingDirectory, name);
  if (path === '/dev/null') return Buffer.alloc(0);
  const content = shell.files.readFile(path);
  return content && Buffer.from(content);
}

async function missing(shell: Shell, command: string, name: string): Promise<number> {
  await print(shell.stderr, `${command}: can't open '${name}': No such file or directory\n`);
  return 1;
}

async function writeAll(shell: Shell, content: Uint8Array): Promise<void> {
  for (let from = 0; from < content.length; from += CHUNK_BYTES) {
    await shell.stdout.write(content.subarray(from, from + CHUNK_BYTES));
  }
}

function interpretEscapes(text: string): string {
  return text.replace(/\\(n|t|r|\\|0[0-7]{1,3}|x[0-9a-fA-F]{2})/g, (_, code: string) => {
    const simple: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };
    return (
      simple[code] ??
      String.fromCharCode(code.startsWith('x') ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8))
    );
  });
}

const hashCommand =
  (algorithm: string): ShellCommand =>
  async (shell, args) => {
    const [name] = args;
    const hash = createHash(algorithm);
    if (name === undefined || name === '-') {
      await forEachChunk(shell.stdin, async (chunk) => hash.update(chunk));
    } else {
      const content = await input(shell, name);
      if (!content) return missing(shell, `${algorithm}sum`, name);
      hash.update(content);
    }
    await print(shell.stdout, `${hash.digest('hex')}  ${name ?? '-'}\n`);
    return 0;
  };

function count(text: string | undefined): number {
  const match = /^(\d+)([kKmM]?)/.exec(text ?? '');
  const unit = { k: 1_024, m: 1_048_576, '': 1 }[(match?.[2] ?? '').toLowerCase()] ?? 1;
  return Number(match?.[1] ?? 0) * unit;
}

const head: ShellCommand = async (shell, args) => {
  const option = args.find((arg) => /^-[cn]/.test(arg)) ?? '-n10';
  const index = args.indexOf(option);
  const value = option.length > 2 ? option.slice(2) : args[index + 1];
  const files = args.filter((arg, i) => arg !== option && (option.length > 2 || i !== index + 1));
  const wanted = count(value);
  if (option.startsWith('-c') && files[0] === '/dev/zero') {
    for (let left = wanted; left > 0; left -= CHUNK_BYTES)
      await shell.stdout.write(new Uint8Array(Math.min(left, CHUNK_BYTES)));
    return 0;
  }
  const content = await input(shell, files[0]);
  if (!content) return missing(shell, 'head', files[0] ?? '');
  if (option.startsWith('-c')) await writeAll(shell, content.subarray(0, wanted));
  else
    await print(
      shell.stdout,
      content
        .toString('utf8')
        .split('\n')
        .slice(0, wanted)
        .map((line) => `${line}\n`)
        .join(''),
    );
  return 0;
};

async function wordCount(shell: Shell, args: readonly string[]): Promise<number> {
  const name = args.find((arg) => !arg.startsWith('-'));
  let bytes = 0;
  let lines = 0;
  let words = 0;
  let inWord = false;
  const tally = async (chunk: Uint8Array): Promise<void> => {
    bytes += chunk.length;
    for (const byte of chunk) {
      if (byte === 0x0a) lines++;
      const isSpace = byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
      if (!isSpace && !inWord) words++;
      inWord = !isSpace;
    }
  };
  if (name === undefined) await forEachChunk(shell.stdin, tally);
  else {
    const content = await input(shell, name);
    if (!content) return missing(shell, 'wc', name);
    await tally(content);
  }
  const figures = args.includes('-c')
    ? [bytes]
    : args.includes('-l')
      ? [lines]
      : args.includes('-w')
        ? [words]
        : [lines, words, bytes];
  await print(shell.stdout, `${figures.join(' ')}${name === undefined ? '' : ` ${name}`}\n`);
  return 0;
}

/** Commands that read and write text and bytes. */
export const TEXT_COMMANDS: Readonly<Record<string, ShellCommand>> = {
  head,
  wc: wordCount,
  md5sum: hashCommand('md5'),
  sha256sum: hashCommand('sha256'),
  async echo(shell, args) {
    const options = args.findIndex((arg) => !/^-[neE]+$/.test(arg));
    const flags = args.slice(0, options === -1 ? args.length : options).join('');
    const words = args.slice(options === -1 ? args.length : options).join(' ');
    await print(
      shell.stdout,
      `${flags.includes('e') ? interpretEscapes(words) : words}${flags.includes('n') ? '' : '\n'}`,
    );
    return 0;
  },
  async printf(shell, [format = '', ...values]) {
    let next = 0;
    const text = interpretEscapes(format).replace(/%[sd%]/g, (directive) =>
      directive === '%%' ? '%' : (values[next++] ?? ''),
    );
    await print(shell.stdout, text);
    return 0;
  },
  async cat(shell, args) {
    const files = args.filter((arg) => !/^-\w/.test(arg));
    if (files.length === 0 || files[0] === '-') {
      await forEachChunk(shell.stdin, (chunk) => shell.stdout.write(chunk));
      return 0;
    }
    let code = 0;
    for (const name of files) {
      const content = await input(shell, name);
      if (content) await writeAll(shell, content);
      else code = await missing(shell, 'cat', name);
    }
    return code;
  },
  async tail(shell, args) {
    const lines = count(args.find((arg) => /^-?n?\d+$/.test(arg))?.replace(/^-?n?/, '') ?? '10');
    const name = args.find((arg) => !/^-/.test(arg) && !/^\d+$/.test(arg));
    const content = await input(shell, name);
    if (!content) return missing(shell, 'tail', name ?? '');
    const all = content.toString('utf8').replace(/\n$/, '').split('\n');
    await print(
      shell.stdout,
      all
        .slice(-lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return 0;
  },
  async grep(shell, args) {
    const [pattern = '', name] = args.filter((arg) => !arg.startsWith('-'));
    const content = await input(shell, name);
    if (!content) return missing(shell, 'grep', name ?? '');
    const invert = args.includes('-v');
    const found = content
      .toString('utf8')
      .replace(/\n$/, '')
      .split('\n')
      .filter((line) => line.includes(pattern) !== invert);
    if (!args.includes('-q')) await print(shell.stdout, found.map((line) => `${line}\n`).join(''));
    return found.length > 0 ? 0 : 1;
  },
  async seq(shell, args) {
    const [from, to] = args.length === 1 ? [1, Number(args[0])] : [Number(args[0]), Number(args.at(-1))];
    const lines: string[] = [];
    for (let i = from; i <= to; i++) lines.push(`${i}\n`);
    await writeAll(shell, Buffer.from(lines.join('')));
    return 0;
  },
  async tee(shell, [name = '']) {
    const chunks: Uint8Array[] = [];
    await forEachChunk(shell.stdin, (chunk) => {
      chunks.push(chunk);
      return shell.stdout.write(chunk);
    });
    shell.files.writeFile(resolvePath(shell.workingDirectory, name), Buffer.concat(chunks));
    return 0;
  },
  async base64(shell, args) {
    const content =
      (await input(
        shell,
        args.find((arg) => !arg.startsWith('-')),
      )) ?? Buffer.alloc(0);
    const decoded = args.includes('-d')
      ? Buffer.from(content.toString('latin1'), 'base64')
      : Buffer.from(`${content.toString('base64')}\n`);
    await writeAll(shell, decoded);
    return 0;
  },
};
