import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../errors.ts';

const MAX_ANCHOR_BYTES = 16_384;

/**
 * Reads checkpoints that were kept elsewhere: one file, or all files of a folder and those below it whose names end in
 * `.checkpoint`, as witnesses write them.
 * @throws CliError `ERR_CLI_ANCHOR` when there is none
 */
export async function readAnchors(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [await readAnchor(path)];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.checkpoint'));
    if (files.length > 0)
      return await Promise.all(files.map(({ parentPath, name }) => readAnchor(join(parentPath, name))));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw noAnchor(`${path} can't be read`, error);
  }
  throw noAnchor(`${path} holds no file that ends in .checkpoint`);
}

async function readAnchor(file: string): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.length <= MAX_ANCHOR_BYTES) return bytes.toString('utf8');
  throw noAnchor(`${file} has ${bytes.length} bytes, a checkpoint has at most ${MAX_ANCHOR_BYTES}`);
}

function noAnchor(message: string, cause?: unknown): CliError {
  return new CliError({
    code: 'ERR_CLI_ANCHOR',
    message,
    cause,
    nextStep: 'Pass a checkpoint that a witness keeps, or the folder of such.',
  });
}
