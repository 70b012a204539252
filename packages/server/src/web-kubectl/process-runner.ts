import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@sallyport/core';
import { TerminalError } from './errors.ts';
import { ISOLATION_SCRIPT, SANDBOX_FOLDER } from './isolation-script.ts';
import type { OpenSandboxOptions, Runner, Sandbox } from './runner.ts';
import { type SandboxEvent, type SandboxOrder, sandboxEventSchema } from './sandbox/messages.ts';
import { createPacketReader, encodePacket } from './sandbox/wire.ts';

/** What {@link createProcessRunner} needs. */
export interface ProcessRunnerOptions {
  /** Path of kubectl. */
  readonly kubectl: string;
  /** Path of the program inside a sandbox; see {@link sandboxProgram}. */
  readonly program: string;
  readonly isolation: Runner['isolation'];
  /** Folder for what can't be in memory, without isolation. Its entries are the runner's own. */
  readonly folder: string;
  /** Whether this process is root, and can give each sandbox a uid of its own. */
  readonly isRoot: boolean;
  readonly logger: Logger;
}

/** First uid of sandboxes; each that is open has one of the {@link UID_COUNT} from here, and no account of the machine has. */
const FIRST_UID = 1_879_048_192;
const UID_COUNT = 10_000;
const OPEN_TIMEOUT_MS = 10_000;
/** Size of a private folder, in bytes. */
export const PRIVATE_FOLDER_BYTES = 64 * 1_048_576;
/** CPU time of one process of a command, in seconds. Go's runtime spends little on a watch of hours. */
const CPU_SECONDS = 600;
/** Memory of one process that holds data, in bytes. */
const DATA_BYTES = 1_073_741_824;
/** Processes and threads of one sandbox. */
const MAX_PROCESSES = 256;
const MAX_DIAGNOSTIC_CHARACTERS = 1_000;

/** Where the program of sandboxes stands, beside what this package was built to. */
export function sandboxProgram(): string {
  const here = fileURLToPath(import.meta.url);
  // From sources, it is that of the last build: Node can't run it as it stands there.
  return here.endsWith('.ts') ? join(dirname(here), '../../dist/sandbox.js') : join(dirname(here), 'sandbox.js');
}

/** Creates a runner of processes on this machine. */
export function createProcessRunner(options: ProcessRunnerOptions): Runner {
  const { kubectl, program, isolation, folder, isRoot, logger } = options;
  const isIsolated = isolation === 'namespaces';
  const uids = new Set<number>();

  function takeUid(): number | undefined {
    if (!isRoot) return undefined;
    for (let uid = FIRST_UID; uid < FIRST_UID + UID_COUNT; uid++) {
      if (uids.has(uid)) continue;
      uids.add(uid);
      return uid;
    }
    throw new TerminalError({ code: 'ERR_TERMINAL_SANDBOX', message: `all ${UID_COUNT} uids of sandboxes are taken` });
  }

  async function start(id: string, uid: number | undefined): Promise<ChildProcess> {
    const pty = dirname(createRequire(import.meta.url).resolve('@lydell/node-pty'));
    const stdio = ['pipe', 'pipe', 'pipe', 'ipc'] as const;
    // An empty environment, but for what Node itself adds for the channel.
    const common = { env: {}, stdio: [...stdio], serialization: 'json' as const };
    if (!isIsolated) {
      const own = join(folder, id);
      await mkdir(own, { recursive: true, mode: 0o700 });
      return spawn(process.execPath, [program, 'host', own, join(pty, 'index.js')], { ...common, cwd: own });
    }
    const library = createRequire(join(pty, 'index.js'));
    const binary = dirname(library.resolve(`@lydell/node-pty-${process.platform}-${process.arch}/package.json`));
    const paths = await Promise.all([kubectl, process.execPath, program, pty, binary].map((path) => realpath(path)));
    // As root the namespaces need no user namespace, and the uid that is taken on is one that owns nothing.
    const own = uid === undefined ? ['--user', '--map-root-user'] : [];
    const spaces = ['--mount', '--propagation', 'private', '--net', '--pid', '--ipc', '--uts', '--cgroup'];
    const words = [
      'sh',
      '-c',
      ISOLATION_SCRIPT,
      'sandbox',
      uid === undefined ? '' : String(uid),
      String(PRIVATE_FOLDER_BYTES),
    ];
    return spawn('/usr/bin/unshare', [...own, ...spaces, '--fork', '--kill-child', ...words, ...paths], {
      ...common,
      cwd: '/',
      // Out of reach of what is typed at the server's own terminal.
      detached: true,
    });
  }

  function launchOf(): readonly string[] {
    const limits = [
      `--cpu=${CPU_SECONDS}`,
      `--data=${DATA_BYTES}`,
      `--fsize=${PRIVATE_FOLDER_BYTES}`,
      '--core=0',
      '--nofile=1024',
    ];
    if (!isIsolated) return ['/usr/bin/prlimit', ...limits, kubectl];
    // Where the uid is shared with other processes, those would count, too.
    return ['/bin/prlimit', ...limits, `--nproc=${MAX_PROCESSES}`, '/bin/kubectl'];
  }

  return {
    isolation,
    async open({ id, kubeconfig }) {
      const uid = isIsolated ? takeUid() : undefined;
      const child = await start(id, uid);
      const own = isIsolated ? undefined : join(folder, id);
      const sandbox = holdSandbox(child, async () => {
        if (uid !== undefined) uids.delete(uid);
        if (own !== undefined) await rm(own, { recursive: true, force: true });
      });
      const opened = await sandbox.begin({ kubeconfig, launch: launchOf() });
      logger.debug({ terminalId: id, isolation }, 'a sandbox is open');
      return opened;
    },
    async sweep() {
      const left = await readdir(folder).catch(() => []);
      for (const name of left) await rm(join(folder, basename(name)), { recursive: true, force: true });
    },
  };
}

/** Inside an isolated sandbox, the folder of the person. */
export const HOME_IN_SANDBOX = `${SANDBOX_FOLDER}/home`;

function holdSandbox(child: ChildProcess, forget: () => Promise<void>) {
  const [input, output, errors] = [child.stdin, child.stdout, child.stderr] as [Writable, Readable, Readable];
  let listener: Server | undefined;
  let diagnostic = '';
  let isClosing = false;
  let tell: (event: SandboxEvent, body: Buffer) => void = () => {};
  const read = createPacketReader();

  // A pipe whose reader is gone is the end of the sandbox, which is heard of anyway.
  for (const stream of [input, output, errors]) stream.on('error', () => {});
  errors.on('data', (text: Buffer) => {
    if (diagnostic.length < MAX_DIAGNOSTIC_CHARACTERS) diagnostic += text.toString('utf8');
  });
  output.on('data', (chunk: Buffer) => {
    try {
      for (const { message, body } of read(chunk)) tell(sandboxEventSchema.parse(message), body);
    } catch {
      diagnostic ||= 'it said something that is not of its protocol';
      void kill(child);
    }
  });
  const gone = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', (error) => {
      diagnostic ||= error.message;
      resolve();
    });
  });
  const ended = gone.then(async () => {
    listener?.close();
    await forget();
    return isClosing ? undefined : `the sandbox ended by itself${diagnostic === '' ? '' : `: ${diagnostic.trim()}`}`;
  });
  const close = async (): Promise<void> => {
    isClosing = true;
    input.end();
    await kill(child);
    await ended;
  };
  const send = (order: SandboxOrder, body?: Uint8Array): boolean =>
    input.writable && input.write(encodePacket(order, body));

  async function begin({
    kubeconfig,
    launch,
  }: Pick<OpenSandboxOptions, 'kubeconfig'> & { readonly launch: readonly string[] }) {
    const failed = (why: string) =>
      new TerminalError({
        code: 'ERR_TERMINAL_SANDBOX',
        message: `the sandbox of a terminal could not be opened: ${why}`,
      });
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(failed(`it is not ready after ${OPEN_TIMEOUT_MS} ms`)), OPEN_TIMEOUT_MS);
        void ended.then((why) => reject(failed(why ?? 'it was closed')));
        child.once('message', (_message, handle) => {
          if (!(handle instanceof Server)) return reject(failed('it has no way out'));
          listener = handle;
          const address = handle.address();
          if (address === null || typeof address === 'string') return reject(failed('it has no way out'));
          send({ type: 'begin', launch, kubeconfig: kubeconfig(address.port) });
        });
        tell = (event) => event.type === 'ready' && resolve();
      });
    } catch (error) {
      await close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    const sandbox: Sandbox = {
      listener: listener as unknown as Server,
      send,
      onEvent(heard) {
        tell = heard;
      },
      pause: () => void output.pause(),
      resume: () => void output.resume(),
      ended,
      close,
    };
    return sandbox;
  }

  return { begin };
}

/**
 * Kills the first process of a sandbox, with which the kernel ends all others, and then the one that waits for it. The
 * namespaces' own way, a signal at the death of the parent, is lost where the first process took on another uid.
 */
async function kill(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const word of children.split(' ').filter(Boolean)) {
    try {
      process.kill(Number(word), 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
  child.kill('SIGKILL');
}
