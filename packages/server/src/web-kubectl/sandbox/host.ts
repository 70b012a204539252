import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type PtyLibrary, type RunningCommand, runFiltered, runOnTerminal } from './command.ts';
import { type Edited, serveEditors } from './editor.ts';
import { createPrivateFiles, type ListedFile } from './files.ts';
import type { SandboxEvent, SandboxOrder } from './messages.ts';
import { createPacketReader, encodePacket } from './wire.ts';

/** What {@link runHost} needs. */
export interface HostOptions {
  /** Folder that nobody else sees; files of the person are in `home` below it. */
  readonly folder: string;
  readonly input: Readable;
  readonly output: Writable;
  readonly loadPty: () => PtyLibrary;
  /** Program and words that start this program for another task. */
  readonly self: readonly string[];
}

/**
 * Serves one terminal inside its sandbox: runs commands, keeps files, hands texts out for editing. Orders come by `input`,
 * which nobody but the server has; resolves when that ends, with everything that was started ended.
 */
export async function runHost({ folder, input, output, loadPty, self }: HostOptions): Promise<void> {
  const home = join(folder, 'home');
  const temporary = join(folder, 'tmp');
  for (const each of [home, temporary]) await mkdir(each, { recursive: true, mode: 0o700 });
  const files = createPrivateFiles(home);
  const socketPath = join(folder, 'editor.sock');
  const edits = new Map<number, (edited: Edited) => void>();
  let nextEdit = 1;
  let launch: readonly string[] = [];
  let running: RunningCommand | undefined;

  const tell = (event: SandboxEvent, body?: Uint8Array): boolean => output.write(encodePacket(event, body));
  output.on('drain', () => running?.resume());
  const editors = serveEditors(
    socketPath,
    (name, text) =>
      new Promise((resolve) => {
        const id = nextEdit++;
        edits.set(id, resolve);
        tell({ type: 'edit', id, name: name.slice(0, 255) }, text);
      }),
  );
  // Nothing of the server's own environment is here; this is all that a command finds.
  const env = {
    HOME: home,
    TMPDIR: temporary,
    PATH: '/nonexistent',
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    KUBECONFIG: join(folder, 'kubeconfig'),
    KUBECACHEDIR: join(folder, 'cache'),
    // A file of preferences could give commands other flags than those that were looked at.
    KUBECTL_KUBERC: 'false',
    KUBE_EDITOR: [...self, 'edit', socketPath].join(' '),
  };

  function run({ args, filters, columns, rows }: Extract<SandboxOrder, { type: 'run' }>): void {
    const options = {
      argv: [...launch, ...args],
      cwd: home,
      env,
      columns,
      rows,
      filterArgv: (stages: typeof filters) => [...launch.slice(0, -1), ...self, 'filter', JSON.stringify(stages)],
      onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => tell({ type: 'output', stream }, bytes),
      onExit(code: number, signal: string | undefined) {
        running = undefined;
        for (const give of edits.values()) give(undefined);
        edits.clear();
        tell({ type: 'exit', code: Math.min(255, Math.max(0, code)), ...(signal !== undefined && { signal }) });
      },
    };
    running = filters.length === 0 ? runOnTerminal(loadPty(), options) : runFiltered(filters, options);
  }

  async function answer(id: number, work: () => Promise<unknown>): Promise<void> {
    try {
      const { body, ...rest } = ((await work()) ?? {}) as {
        readonly body?: Buffer;
        readonly files?: ListedFile[];
      };
      tell({ type: 'done', id, ...rest }, body);
    } catch (error) {
      tell({ type: 'failed', id, message: describe(error) });
    }
  }

  async function obey(order: SandboxOrder, body: Buffer): Promise<void> {
    switch (order.type) {
      case 'begin':
        launch = order.launch;
        await writeFile(env.KUBECONFIG, order.kubeconfig, { mode: 0o600 });
        tell({ type: 'ready' });
        return;
      case 'run':
        return run(order);
      case 'input':
        return running?.write(body);
      case 'resize':
        return running?.resize(order.columns, order.rows);
      case 'cancel':
        return running?.cancel();
      case 'edited':
        edits.get(order.id)?.(order.isSaved ? body : undefined);
        edits.delete(order.id);
        return;
      case 'putFile':
        return answer(order.id, () => files.put(order.path, body));
      case 'removeFile':
        return answer(order.id, () => files.remove(order.path));
      case 'getFile':
        return answer(order.id, async () => ({ body: await files.get(order.path) }));
      case 'listFiles':
        return answer(order.id, async () => ({ files: await files.list(order.path) }));
    }
  }

  const read = createPacketReader();
  try {
    for await (const chunk of input) {
      for (const { message, body } of read(chunk as Buffer)) await obey(message as SandboxOrder, body);
    }
  } finally {
    running?.kill();
    editors.close();
  }
}

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'ENOSPC') return 'there is no room left for your files';
  return String(message).slice(0, 1_024);
}
