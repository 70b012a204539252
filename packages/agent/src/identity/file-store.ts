import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AgentError, faultOf } from '../errors.ts';
import { type AgentIdentity, formatIdentity, type IdentityStore, parseIdentity } from './identity.ts';

const FILE_NAME = 'identity.json';

/**
 * Keeps the identity in `identity.json` inside `directory`, readable by its owner alone. Writes are atomic: a crash
 * leaves the old file or the new one. Meant for one agent per directory.
 */
export function createFileIdentityStore(directory: string): IdentityStore {
  const file = path.join(directory, FILE_NAME);

  async function load(): Promise<AgentIdentity | undefined> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (cause) {
      if (faultOf(cause) === 'ENOENT') return undefined;
      throw storeError(`${FILE_NAME} can't be read: ${faultOf(cause)}`, cause);
    }
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch {
      // The parser's own message would quote the file, which holds the key.
      throw storeError(`${FILE_NAME} is not JSON`);
    }
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw storeError(`${FILE_NAME} is not an object`);
    return parseIdentity(record as Record<string, unknown>);
  }

  return {
    load,
    async save(identity) {
      const temporary = path.join(directory, `.${FILE_NAME}.${randomBytes(6).toString('hex')}`);
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await chmod(directory, 0o700);
        const handle = await open(temporary, 'wx', 0o600);
        try {
          await handle.writeFile(JSON.stringify(formatIdentity(identity)));
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(temporary, file);
      } catch (cause) {
        // What matters is why the write failed; a leftover is harmless and as private as the file itself.
        await rm(temporary, { force: true }).catch(() => {});
        throw storeError(`${FILE_NAME} can't be written: ${faultOf(cause)}`, cause);
      }
      return identity;
    },
  };
}

function storeError(message: string, cause?: unknown): AgentError {
  return new AgentError({ code: 'ERR_AGENT_IDENTITY_STORE', message, cause });
}
