import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { AuditError } from '../errors.ts';
import { writeCheckpoint } from './file.ts';
import { type CheckpointWitness, checkpointPath } from './witness.ts';

/** Options of {@link createGitWitness}. */
export interface GitWitnessOptions {
  readonly name: string;
  /** Working folder of a clone that is there already, used by nothing else. */
  readonly repository: string;
  /** Remote that each commit is pushed to. Absent: commits stay in the clone, for others to fetch. */
  readonly remote?: string;
  /** How long one call of git may take, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 65_536;
// Hooks of a clone run programs; nothing of the repository may decide what runs here.
const FIXED = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgSign=false', '-c', 'gc.auto=0'],
  ...['-c', 'user.name=Sallyport', '-c', 'user.email=sallyport@localhost'],
];

/** Commits each checkpoint as a file of its own, by the git program and without a shell, and pushes it where a remote is named. */
export function createGitWitness(options: GitWitnessOptions): CheckpointWitness {
  const { name, repository, remote, timeoutMs = DEFAULT_TIMEOUT_MS } = options;

  function git(args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const more = { timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, ...(signal && { signal }) };
      // Asks nobody for a password: where there is nobody to answer, it would wait for ever.
      const env = {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_NOSYSTEM: '1',
        LC_ALL: 'C',
      };
      execFile('git', ['-C', repository, ...FIXED, ...args], { ...more, env }, (error, _stdout, stderr) => {
        if (error === null) return resolve();
        const reason = stderr.trim().split('\n').at(-1)?.slice(0, 200) || String(error.code ?? error.signal);
        const message = `witness ${name}: git ${args[0]} failed: ${reason}`;
        reject(new AuditError({ code: 'ERR_AUDIT_WITNESS', message, cause: error }));
      });
    });
  }

  return {
    name,
    async record(checkpoint, { signal } = {}) {
      const path = checkpointPath(checkpoint);
      await writeCheckpoint(name, join(repository, path), checkpoint);
      await git(['add', '--', path], signal);
      // Also where an earlier try had come as far as the commit: an empty one would fail.
      const subject = `${checkpoint.log}: ${checkpoint.size} entries`;
      await git(['commit', '--quiet', '--allow-empty', '-m', subject, '--', path], signal);
      if (remote !== undefined) await git(['push', '--quiet', '--', remote, 'HEAD'], signal);
    },
  };
}
