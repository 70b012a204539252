import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, systemClock } from '@sallyport/core';
import S3rver from 's3rver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFileWitness } from './file.ts';
import { createGitWitness } from './git.ts';
import { createS3Witness } from './s3.ts';
import { type CheckpointWitness, checkpointPath } from './witness.ts';

const root = mkdtempSync(join(tmpdir(), 'sallyport-witness-'));
const git = (folder: string, ...args: string[]) => execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
const note = (body: string, signature = 'AAAA') => `${body}\n\n— access.example.com/audit ${signature}\n`;
const checkpoint = { log: 'org_1', size: 42, note: note('access.example.com/audit/org_1\n42\nroot') };
const PATH = 'org_1/0000000000000042.checkpoint';

interface Kept {
  readonly witness: CheckpointWitness;
  /** What is kept of a log, from outside. */
  read(path: string): Promise<string>;
}

async function createFileCase(): Promise<Kept> {
  const folder = join(root, 'file');
  return {
    witness: createFileWitness({ name: 'file', folder }),
    read: async (path) => readFileSync(join(folder, path), 'utf8'),
  };
}

async function createGitCase(): Promise<Kept> {
  const [remote, repository] = [join(root, 'remote.git'), join(root, 'clone')];
  execFileSync('git', ['init', '--quiet', '--bare', '-b', 'main', remote]);
  execFileSync('git', ['init', '--quiet', '-b', 'main', repository]);
  git(repository, 'remote', 'add', 'origin', remote);
  // A hook of the clone would run with the rights of the server.
  writeFileSync(join(repository, '.git', 'hooks', 'pre-commit'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  return {
    witness: createGitWitness({ name: 'git', repository, remote: 'origin' }),
    read: async (path) => git(remote, 'show', `main:${path}`),
  };
}

let s3: S3rver;
async function createS3Case(): Promise<Kept> {
  s3 = new S3rver({
    ...{ address: '127.0.0.1', port: 0, silent: true, directory: join(root, 's3') },
    configureBuckets: [{ name: 'witness', configs: [] }],
  });
  const { port } = await s3.run();
  const endpoint = `http://127.0.0.1:${port}`;
  const [accessKeyId, secretAccessKey] = ['S3RVER', new Secret('S3RVER')];
  const options = { endpoint, bucket: 'witness', accessKeyId, secretAccessKey, clock: systemClock };
  return {
    witness: createS3Witness({ name: 's3', prefix: 'audit/', lockMs: 86_400_000, ...options }),
    read: async (path) => readFileSync(join(root, 's3', 'witness', 'audit', `${path}._S3rver_object`), 'utf8'),
  };
}

afterAll(async () => {
  await s3?.close();
  rmSync(root, { recursive: true });
});

describe.each([
  ['file', createFileCase],
  ['git', createGitCase],
  ['s3', createS3Case],
])('the %s witness', (_name, create) => {
  let kept: Kept;
  beforeAll(async () => {
    kept = await create();
  });

  test('keeps a checkpoint under log and size', async () => {
    await kept.witness.record(checkpoint);
    expect(checkpointPath(checkpoint)).toBe(PATH);
    expect(await kept.read(PATH)).toBe(checkpoint.note);
  });

  test('takes the same one again, whoever signed it then', async () => {
    await kept.witness.record(checkpoint);
    await kept.witness.record({ ...checkpoint, note: checkpoint.note.replace('AAAA', 'BBBB') });
    expect(await kept.read(PATH)).toBe(checkpoint.note);
  });

  test('SEC-G02 refuses another one of the same size, and keeps what it has', async () => {
    const rewritten = { ...checkpoint, note: note('access.example.com/audit/org_1\n42\nother') };
    await expect(kept.witness.record(rewritten)).rejects.toMatchObject({ code: 'ERR_AUDIT_WITNESS_CONFLICT' });
    expect(await kept.read(PATH)).toBe(checkpoint.note);
  });

  test('keeps later ones beside it', async () => {
    const later = { ...checkpoint, size: 1_000, note: note('access.example.com/audit/org_1\n1000\nroot') };
    await kept.witness.record(later);
    expect(await kept.read(checkpointPath(later))).toBe(later.note);
    expect(await kept.read(PATH)).toBe(checkpoint.note);
  });
});

test.each([
  ['a folder that can’t be made', createFileWitness({ name: 'w', folder: '/dev/null/x' })],
  ['a repository that is none', createGitWitness({ name: 'w', repository: join(root, 'none') })],
  [
    'a store that is away',
    createS3Witness({
      ...{ name: 'w', endpoint: 'http://127.0.0.1:1', bucket: 'witness', accessKeyId: 'x' },
      ...{ secretAccessKey: new Secret('hidden'), clock: systemClock },
    }),
  ],
])('%s is told as ERR_AUDIT_WITNESS', async (_name, witness) => {
  const error = await witness.record(checkpoint).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'ERR_AUDIT_WITNESS', message: expect.stringContaining('witness w') });
  expect(String(error)).not.toContain('hidden');
});

test('the object store is asked to lock what it takes, and never to replace', async () => {
  const requests: { method: string; headers: Headers }[] = [];
  const send = async (_url: unknown, init?: RequestInit) => {
    requests.push({ method: init?.method ?? '', headers: new Headers(init?.headers) });
    return new Response(null, { status: init?.method === 'GET' ? 404 : 200 });
  };
  const clock = { ...systemClock, now: () => Date.parse('2026-01-01T00:00:00Z') };
  const witness = createS3Witness({
    ...{ name: 'w', endpoint: 'https://s3.example.com', bucket: 'witness', accessKeyId: 'x' },
    ...{ secretAccessKey: new Secret('y'), clock, lockMs: 86_400_000, fetch: send },
  });
  await witness.record(checkpoint);
  const put = requests.find(({ method }) => method === 'PUT')?.headers;
  expect(put?.get('if-none-match')).toBe('*');
  expect(put?.get('x-amz-object-lock-mode')).toBe('COMPLIANCE');
  expect(put?.get('x-amz-object-lock-retain-until-date')).toBe('2026-01-02T00:00:00.000Z');
  expect(put?.get('authorization')).toContain('x-amz-object-lock-mode');
});
