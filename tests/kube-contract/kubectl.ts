import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a kubectl command ended. */
export interface KubectlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Buffer;
}

/** Options of one command. */
export interface KubectlOptions {
  readonly stdin?: Uint8Array;
  /** Called with output as it comes; `stop` ends kubectl. */
  readonly onOutput?: (text: string, stop: () => void) => void;
  readonly timeoutMs?: number;
}

/** Runs one kubectl with a kubeconfig and home of its own. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

/** kubectl binaries to test with: the present and an old one. */
export const KUBECTLS: readonly {
  readonly version: string;
  readonly variable: string;
  readonly path: string | undefined;
}[] = [
  { version: '1.36', variable: 'SALLYPORT_TEST_KUBECTL', path: process.env['SALLYPORT_TEST_KUBECTL'] },
  { version: '1.20', variable: 'SALLYPORT_TEST_KUBECTL_OLD', path: process.env['SALLYPORT_TEST_KUBECTL_OLD'] },
];

/** Prepares a runner of the binary at `path`. */
export async function createKubectl(path: string, kubeconfig: string): Promise<{ run: Kubectl; home: string }> {
  const home = await mkdtemp(join(tmpdir(), 'sallyport-kubectl-'));
  const file = join(home, 'kubeconfig');
  await writeFile(file, kubeconfig);
  const run: Kubectl = (args, { stdin, onOutput, timeoutMs = 30_000 } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(path, args, { env: { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: file } });
      const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
      const stop = (): void => void child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].on('data', (chunk: Buffer) => {
          chunks[name].push(chunk);
          onOutput?.(Buffer.concat(chunks[name]).toString('utf8'), stop);
        });
      }
      child.on('error', reject);
      child.on('close', (code) => {
        clearTimeout(timer);
        const stdoutBytes = Buffer.concat(chunks.stdout);
        const stderr = Buffer.concat(chunks.stderr).toString('utf8');
        resolve({ code, stdout: stdoutBytes.toString('utf8'), stderr, stdoutBytes });
      });
      // kubectl may end before it has read everything.
      child.stdin.on('error', () => undefined);
      child.stdin.end(stdin);
    });
  return { run, home };
}
