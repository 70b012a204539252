import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, realpath, rm, stat, utimes } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StoreError } from './errors.ts';

/** A heartbeat older than this belongs to a process that is gone, in milliseconds. */
const STALE_AFTER_MS = 15_000;
const HEARTBEAT_MS = 5_000;
const LOCK_FILE = 'lock';

/** Exclusive use of a folder. */
export interface FolderLock {
  /** Gives the folder free. Idempotent. */
  release(): Promise<void>;
}

interface Owner {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes a folder for this process alone, and makes it (mode 0700) when it is missing. Two processes in one embedded database
 * would destroy it, and the database takes no lock of its own.
 *
 * On Linux an abstract socket decides, which the kernel frees with the process. A lock file with a heartbeat covers what the
 * socket can't see: other systems, and other machines or containers that mount the same volume. There a lock that was left
 * behind counts as gone after 15 s.
 * @throws StoreError `ERR_STORE_LOCKED` or `ERR_STORE_FOLDER`
 */
export async function lockFolder(folder: string, platform: NodeJS.Platform = process.platform): Promise<FolderLock> {
  const path = await makeFolder(folder);
  const socket = platform === 'linux' ? await listenAbstract(path) : undefined;
  try {
    const file = await takeLockFile(path, socket !== undefined);
    let releasing: Promise<void> | undefined;
    return {
      release() {
        releasing ??= file.release().finally(() => closeServer(socket));
        return releasing;
      },
    };
  } catch (error) {
    await closeServer(socket);
    throw error;
  }
}

async function makeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await realpath(folder);
  } catch (cause) {
    throw new StoreError({
      code: 'ERR_STORE_FOLDER',
      message: `state folder ${folder} can't be made or read`,
      cause,
      nextStep: 'Choose a folder that this user may write to.',
    });
  }
}

function listenAbstract(path: string): Promise<Server> {
  const name = `\0sallyport-${createHash('sha256').update(path).digest('hex').slice(0, 24)}`;
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? locked(path, 'another process on this machine') : error);
    });
    // Workers of one server would share it otherwise.
    server.listen({ path: name, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

async function takeLockFile(folder: string, ownsSocket: boolean): Promise<FolderLock> {
  const path = join(folder, LOCK_FILE);
  const token = randomUUID();
  const mine: Owner = { token, pid: process.pid, host: hostname() };
  // Twice: once the file of a dead owner has been removed, only a rival's fresh one can stand in the way.
  for (let attempt = 0; ; attempt++) {
    const handle = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return undefined;
    });
    if (handle !== undefined) {
      await handle.writeFile(JSON.stringify(mine));
      await handle.close();
      break;
    }
    const owner = await readOwner(path);
    const alive = attempt > 0 || (await isAlive(path, owner, ownsSocket));
    if (alive) throw locked(folder, owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`);
    await rm(path, { force: true });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A beat that fails is one that is late; the next may succeed.
    utimes(path, now, now).catch(() => {});
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      if ((await readOwner(path))?.token === token) await rm(path, { force: true });
    },
  };
}

async function isAlive(path: string, owner: Owner | undefined, ownsSocket: boolean): Promise<boolean> {
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  if (age > STALE_AFTER_MS) return false;
  if (owner === undefined || owner.host !== hostname()) return true;
  // On this host the socket has already shown that no process holds the folder.
  return ownsSocket ? false : isProcessAlive(owner.pid);
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner;
  } catch {
    // Missing, or being written right now: its age decides.
    return undefined;
  }
}

function closeServer(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined) resolve();
    else server.close(() => resolve());
  });
}

function locked(folder: string, by: string): StoreError {
  return new StoreError({
    code: 'ERR_STORE_LOCKED',
    message: `state folder ${folder} is in use by ${by}`,
    nextStep: 'Stop the other server, or start this one with a state folder of its own.',
  });
}
