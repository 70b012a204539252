import { TerminalError } from '../errors.ts';
import type { Flag } from './flags.ts';

/** Flags whose value is a file or a folder, or a list of them. */
const FILES = new Set(['filename', 'kustomize', 'from-env-file', 'patch-file', 'output-directory', 'custom']);
/** Output formats that are read from a file. */
const FORMAT_FILES = /^(go-template-file|templatefile|jsonpath-file|custom-columns-file)(=|$)/;

/**
 * Refuses a flag whose value is a file that is none of the terminal's own.
 * @throws TerminalError `ERR_TERMINAL_FILE`
 */
export function assertFileFlag(command: string, { name }: Flag, value: string): void {
  for (const path of pathsOf(command, name, value)) assertOwn(path, `the value of --${name}`);
}

function pathsOf(command: string, name: string, value: string): readonly string[] {
  if (FILES.has(name)) return value.split(',');
  // `key=path`, or a path alone, whose last part is the key.
  if (name === 'from-file') return value.split(',').map((each) => each.slice(each.indexOf('=') + 1));
  if (command === 'create secret tls' && (name === 'cert' || name === 'key')) return [value];
  if (name === 'raw' && value.includes('://')) return [value];
  if (name !== 'output' || !FORMAT_FILES.test(value)) return [];
  const equals = value.indexOf('=');
  // Without a path here, it would be the value of --template.
  return [equals < 0 ? '' : value.slice(equals + 1)];
}

/**
 * Refuses a copy whose local side is none of the terminal's own files. What holds a colon is in a container.
 * @throws TerminalError `ERR_TERMINAL_FILE`
 */
export function assertLocalPaths(words: readonly string[]): void {
  for (const word of words) if (!word.includes(':')) assertOwn(word, 'a local side of cp');
}

/** Whether a path is one of the terminal's own files, by its form: relative, never upwards, nothing hidden. */
export function isOwnPath(path: string): boolean {
  if (path === '.' || path === './') return true;
  const parts = path.replace(/^\.\//, '').replace(/\/$/, '').split('/');
  return parts.every((part) => part !== '' && !part.startsWith('.') && !part.startsWith('~') && !part.startsWith('-'));
}

function assertOwn(path: string, what: string): void {
  if (!isOwnPath(path) || path.includes('://')) throw refused(path, what);
}

function refused(path: string, what: string): TerminalError {
  return new TerminalError({
    code: 'ERR_TERMINAL_FILE',
    message: `${what} is ${JSON.stringify(path.slice(0, 128))}, which is none of the files of this terminal`,
    nextStep: 'Upload the file, and name it as ls shows it.',
  });
}
