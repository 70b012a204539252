import { type FileNode, resolvePath } from './file-system.ts';
import type { Shell } from './shell.ts';
import { print, readAll } from './shell-io.ts';

const BLOCK = 512;

function field(text: string, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.write(text.slice(0, size), 'utf8');
  return bytes;
}

const octal = (value: number, size: number): Buffer => field(`${value.toString(8).padStart(size - 1, '0')}\0`, size);

/** A header block of the ustar format (POSIX.1-1988). */
function tarHeader(name: string, node: FileNode, type: string, size: number): Buffer {
  const header = Buffer.concat([
    field(name, 100),
    octal(node.mode, 8),
    octal(0, 8),
    octal(0, 8),
    octal(size, 12),
    octal(Math.floor(node.modifiedAt / 1_000), 12),
    field('        ', 8),
    field(type, 1),
    Buffer.alloc(100),
    field('ustar\x0000', 8),
    field('root', 32),
    field('root', 32),
    Buffer.alloc(BLOCK - 329),
  ]);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

function* archive(name: string, node: FileNode): Generator<Uint8Array> {
  if (node.type === 'directory') {
    yield tarHeader(`${name}/`, node, '5', 0);
    for (const [entry, child] of node.entries) yield* archive(`${name}/${entry}`, child);
    return;
  }
  if (Buffer.byteLength(name) > 100) {
    // GNU's way of a long name: an entry of type L before the file.
    const long = Buffer.from(`${name}\0`);
    yield tarHeader('././@LongLink', { ...node, mode: 0 }, 'L', long.length);
    yield Buffer.concat([long, padding(long.length)]);
  }
  yield tarHeader(name, node, '0', node.content.length);
  for (let from = 0; from < node.content.length; from += 32_768) yield node.content.subarray(from, from + 32_768);
  yield padding(node.content.length);
}

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly content: Buffer;
}

function* entries(bytes: Buffer): Generator<Entry> {
  let at = 0;
  let longName: string | undefined;
  const text = (from: number, size: number): string => bytes.toString('utf8', from, from + size).replace(/\0.*$/s, '');
  while (at + BLOCK <= bytes.length && bytes[at] !== 0) {
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8);
    const type = text(at + 156, 1) || '0';
    const prefix = text(at + 257, 5) === 'ustar' ? text(at + 345, 155) : '';
    const name = longName ?? (prefix ? `${prefix}/${text(at, 100)}` : text(at, 100));
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    const mode = Number.parseInt(text(at + 100, 8).trim() || '644', 8);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    longName = undefined;
    if (type === 'L') longName = content.toString('utf8').replace(/\0.*$/s, '');
    else if (type === 'x') longName = /\d+ path=([^\n]*)\n/.exec(content.toString('utf8'))?.[1];
    else if (type === '0' || type === '5') yield { name, type, mode, content };
  }
}

interface Options {
  readonly create: boolean;
  readonly directory: string;
  readonly file: string;
  readonly operands: readonly string[];
}

function parseOptions(shell: Shell, args: readonly string[]): Options {
  let letters = '';
  let file = '-';
  let directory = shell.workingDirectory;
  const operands: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (i > 0 && !arg.startsWith('-')) operands.push(arg);
    else if (arg === '-C') directory = resolvePath(shell.workingDirectory, args[++i] ?? '.');
    else if (!arg.startsWith('--')) {
      letters += arg.replace('-', '');
      if (arg.includes('f')) file = args[++i] ?? '-';
    }
  }
  return { create: letters.includes('c'), directory, file, operands };
}

async function create(shell: Shell, { directory, file, operands }: Options): Promise<number> {
  const chunks: Uint8Array[] = [];
  const write = (bytes: Uint8Array): Promise<unknown> =>
    file === '-' ? shell.stdout.write(bytes) : Promise.resolve(chunks.push(bytes));
  let code = 0;
  for (const operand of operands) {
    const node = shell.files.find(resolvePath(directory, operand));
    if (!node) {
      await print(shell.stderr, `tar: ${operand}: No such file or directory\n`);
      code = 1;
      continue;
    }
    if (operand.startsWith('/')) await print(shell.stderr, "tar: removing leading '/' from member names\n");
    for (const bytes of archive(operand.replace(/^\/+/, '').replace(/\/$/, ''), node)) await write(bytes);
  }
  await write(Buffer.alloc(2 * BLOCK));
  if (file !== '-') shell.files.writeFile(resolvePath(shell.workingDirectory, file), Buffer.concat(chunks));
  return code;
}

async function extract(shell: Shell, { directory, file }: Options): Promise<number> {
  const bytes =
    file === '-'
      ? await readAll(shell.stdin)
      : Buffer.from(shell.files.readFile(resolvePath(shell.workingDirectory, file)) ?? []);
  for (const { name, type, mode, content } of entries(bytes)) {
    const path = resolvePath('/', `${directory}/${resolvePath('/', name)}`);
    if (type === '5') shell.files.makeDirectory(path);
    else {
      shell.files.makeDirectory(path.slice(0, path.lastIndexOf('/')) || '/');
      const why = shell.files.writeFile(path, Buffer.from(content), mode);
      if (why) {
        await print(shell.stderr, `tar: can't open '${name}': ${why}\n`);
        return 1;
      }
    }
  }
  return 0;
}

/** `tar cf - PATH…` and `tar xmf - -C DIR`, as `kubectl cp` calls them. */
export async function tarCommand(shell: Shell, args: readonly string[]): Promise<number> {
  const options = parseOptions(shell, args);
  return options.create ? create(shell, options) : extract(shell, options);
}
