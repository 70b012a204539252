import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerForever } from '../replicas/endless-upstream.ts';
import { type Replica, type Replicas, startReplicas } from '../replicas/harness.ts';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks, temporaryFolder } from '../support/index.ts';
import { type Caller, createCaller, expectWholeLog } from './caller.ts';

/** A disk in memory of one MiB at `folder`; says in a line why there is none where mounting is not allowed. */
function mountDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', folder], { stdio: 'pipe' });
    return true;
  } catch (error) {
    process.stderr.write(`skipped: a disk of its own can not be mounted: ${String(error)}\n`);
    return false;
  }
}

const folder = temporaryFolder('disk');
const hasDisk = !lacks('postgres') && mountDisk(folder);

describe.skipIf(!hasDisk)('a disk of the spools that is full', () => {
  const filler = join(folder, 'filler');
  let replicas: Replicas;
  let owner: Person;
  let caller: Caller;
  beforeAll(async () => {
    replicas = await startReplicas({ config: { stateDir: folder } });
    replicas.upstream.answer = answerForever;
    for (const replica of both()) await replicas.connectAgent(replica);
    owner = await replicas.logIn(replicas.a, 'owner');
    caller = await createCaller(replicas);
    for (const replica of both()) await become(200, replica);
  }, 180_000);
  afterAll(async () => {
    caller?.close();
    await replicas?.close();
    execFileSync('umount', ['-l', folder]);
  }, 60_000);

  const both = (): readonly Replica[] => [replicas.a, replicas.b];
  const become = (status: number, on: Replica, how = caller.list) =>
    awaitCondition(async () => (await how(on)) === status, { what: `${on.name} answers ${status}`, everyMs: 5 });
  const readiness = async (on: Replica) => (await on.fetch(`https://127.0.0.1:${replicas.a.port}/readyz`)).status;

  /** Takes every byte that is left. */
  function fill(): void {
    const file = openSync(filler, 'a');
    try {
      for (let size = 64 * 1024; size >= 1; ) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(file);
    }
  }

  it('SEC-G09 has requests refused before they reach a cluster, and lets them through again once there is room', async () => {
    fill();
    for (const replica of both()) {
      await become(503, replica);
      expect(await readiness(replica)).toBe(503);
    }
    replicas.upstream.reset();
    for (const replica of both()) expect(await caller.list(replica)).toBe(503);
    expect(replicas.upstream.requests).toEqual([]);
    replicas.upstream.answer = answerForever;
    // What must be in the database before it happens needs no spool, and its end finds the way as well.
    for (const replica of both()) expect(await caller.remove(replica)).toBe(200);
    rmSync(filler);
    for (const replica of both()) {
      await become(200, replica);
      await become(200, replica, caller.remove);
      expect(await readiness(replica)).toBe(200);
    }
    await expectWholeLog(replicas, owner, caller);
  }, 120_000);
});
