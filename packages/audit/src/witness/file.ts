import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AuditError } from '../errors.ts';
import { type CheckpointWitness, checkpointPath, type WitnessedCheckpoint } from './witness.ts';

/** Options of {@link createFileWitness}. */
export interface FileWitnessOptions {
  readonly name: string;
  /** Folder on another machine's disk, or one that only takes new files. It is made when it is not there. */
  readonly folder: string;
}

/** Keeps each checkpoint in a file of its own, made once and never written again. */
export function createFileWitness({ name, folder }: FileWitnessOptions): CheckpointWitness {
  return {
    name,
    record: (checkpoint) => writeCheckpoint(name, join(folder, checkpointPath(checkpoint)), checkpoint),
  };
}

/** Writes a checkpoint where none of its size is. @throws AuditError `ERR_AUDIT_WITNESS`, `ERR_AUDIT_WITNESS_CONFLICT` */
export async function writeCheckpoint(name: string, path: string, checkpoint: WitnessedCheckpoint): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx', 0o644);
    try {
      await file.writeFile(checkpoint.note);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return compare(name, path, checkpoint);
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new AuditError({
      code: 'ERR_AUDIT_WITNESS',
      message: `witness ${name} can't write ${path}: ${reason}`,
      cause,
    });
  }
}

async function compare(name: string, path: string, checkpoint: WitnessedCheckpoint): Promise<void> {
  assertSame(name, await readFile(path, 'utf8'), checkpoint);
}

/** Refuses another checkpoint of the same size. Who signed it does not matter: keys rotate, the past does not. */
export function assertSame(name: string, kept: string, { log, size, note }: WitnessedCheckpoint): void {
  if (textOf(kept) === textOf(note)) return;
  throw new AuditError({
    code: 'ERR_AUDIT_WITNESS_CONFLICT',
    message: `witness ${name} keeps another checkpoint of ${size} entries of the log ${log}`,
    nextStep:
      'The log was rewritten, or its witness: run `sallyport audit verify --anchor` with what the witness keeps.',
  });
}

function textOf(note: string): string {
  return note.slice(0, note.lastIndexOf('\n\n'));
}
