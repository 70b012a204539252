import { open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { DOCUMENT_LIMITS } from './limits.ts';
import { type ParsedDocuments, parseDocuments } from './parse-documents.ts';

/** What {@link readDocuments} reads. */
export interface ReadOptions {
  /** Files, folders, and `-` for standard input. */
  readonly paths: readonly string[];
  /** Reads folders in folders too. */
  readonly isRecursive: boolean;
}

const EXTENSIONS = /\.(ya?ml|json)$/i;

/**
 * Reads every document that is named, in the order in which it is: files of a folder by name. Nothing in a document is
 * opened, run or fetched.
 * @throws CliError `ERR_CLI_DOCUMENT_READ` when a file can't be read or is too large, `ERR_CLI_USAGE`
 */
export async function readDocuments(
  context: Pick<CliContext, 'cwd' | 'stdin'>,
  options: ReadOptions,
): Promise<ParsedDocuments> {
  const sources = await findSources(context, options);
  const parsed: ParsedDocuments[] = [];
  for (const source of sources) {
    const text = source === '-' ? await readStdin(context.stdin) : await readSource(context, source);
    parsed.push(parseDocuments(text, source));
  }
  return {
    documents: parsed.flatMap(({ documents }) => documents),
    problems: parsed.flatMap(({ problems }) => problems),
  };
}

async function findSources(context: Pick<CliContext, 'cwd'>, options: ReadOptions): Promise<readonly string[]> {
  if (options.paths.filter((path) => path === '-').length > 1) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: 'standard input is named twice',
      nextStep: 'Name - once.',
    });
  }
  const sources: string[] = [];
  for (const path of options.paths) {
    if (/^https?:\/\//i.test(path)) throw notLocal(path);
    if (path === '-') sources.push(path);
    else if (await isFolder(context, path)) {
      const found = await filesOf(context, path, options.isRecursive);
      if (found.length === 0) throw emptyFolder(path, options.isRecursive);
      sources.push(...found);
    } else sources.push(path);
    if (sources.length > DOCUMENT_LIMITS.maxFiles) throw tooManyFiles(path, sources.length);
  }
  return [...new Set(sources)];
}

async function isFolder(context: Pick<CliContext, 'cwd'>, path: string): Promise<boolean> {
  try {
    return (await stat(resolve(context.cwd, path))).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Files of a folder that a name ends for, sorted. A link to a folder is not followed: it may lead back. */
async function filesOf(context: Pick<CliContext, 'cwd'>, folder: string, isRecursive: boolean): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(resolve(context.cwd, folder), { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (isRecursive) found.push(...(await filesOf(context, path, isRecursive)));
    } else if (EXTENSIONS.test(entry.name) && !(await isFolder(context, path))) found.push(path);
  }
  return found;
}

async function readSource(context: Pick<CliContext, 'cwd'>, path: string): Promise<string> {
  try {
    const file = await open(resolve(context.cwd, path), 'r');
    try {
      const { size } = await file.stat();
      if (size > DOCUMENT_LIMITS.maxFileBytes) throw tooLarge(path, size);
      return decode(await file.readFile(), path);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof CliError ? error : unreadable(path, error);
  }
}

async function readStdin(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
    size += bytes.length;
    if (size > DOCUMENT_LIMITS.maxFileBytes) throw tooLarge('-', size);
    chunks.push(bytes);
  }
  return decode(Buffer.concat(chunks), '-');
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new CliError({
      code: 'ERR_CLI_DOCUMENT_READ',
      message: `${path} is not UTF-8 text`,
      cause: error,
      nextStep: 'Save the file as UTF-8.',
    });
  }
}

function unreadable(path: string, cause: unknown): CliError {
  return new CliError({
    code: 'ERR_CLI_DOCUMENT_READ',
    message: `${path} can't be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`,
    cause,
    nextStep: 'Check the path and its rights.',
  });
}

function tooLarge(path: string, size: number): CliError {
  return new CliError({
    code: 'ERR_CLI_DOCUMENT_READ',
    message: `${path} has ${size} bytes or more, limit is ${DOCUMENT_LIMITS.maxFileBytes}`,
    nextStep: 'Split it into several files and apply them one after the other.',
  });
}

function tooManyFiles(path: string, count: number): CliError {
  return new CliError({
    code: 'ERR_CLI_DOCUMENT_READ',
    message: `${count} files are named up to ${path}, limit is ${DOCUMENT_LIMITS.maxFiles}`,
    nextStep: 'Name a smaller folder.',
  });
}

function emptyFolder(path: string, isRecursive: boolean): CliError {
  return new CliError({
    code: 'ERR_CLI_DOCUMENT_READ',
    message: `the folder ${path} holds no file that ends in .yaml, .yml or .json`,
    nextStep: isRecursive ? 'Check the path.' : 'Pass -R to read the folders in it too.',
  });
}

function notLocal(path: string): CliError {
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(path.slice(0, 128))} is an address; documents are read from files only`,
    nextStep: 'Fetch it first, look at it, and pipe it in with -f -.',
  });
}
