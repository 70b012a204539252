import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { anAuditEvent } from '@sallyport/audit/testing';
import { checkpointPath } from '@sallyport/audit/witness';
import { Secret, systemClock } from '@sallyport/core';
import { parseYaml } from '@sallyport/core/yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditOf, auditSchema, openConfiguredSinks } from './config-audit.ts';
import { openWitnesses } from './config-witnesses.ts';

const sinksOf = (sinks: unknown) => auditSchema.parse({ sinks }).sinks;

describe('the audit spool of the configuration', () => {
  it('is bounded in megabytes, and by default where nothing is said', () => {
    const read = () => undefined;
    expect(auditOf(auditSchema.parse({ spoolMegabytes: 2 }), read)).toEqual({ maxSpoolBytes: 2_097_152, sinks: [] });
    expect(auditOf(auditSchema.parse({}), read)).toEqual({ sinks: [] });
    expect(auditSchema.safeParse({ spoolMegabytes: 0 }).success).toBe(false);
  });
});

describe('audit sinks of the configuration', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-sinks-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are those that docs/audit.md shows, in ten lines', async () => {
    const page = await readFile(new URL('../../../docs/audit.md', import.meta.url), 'utf8');
    const [, text = ''] = /^```yaml\n(audit:[\s\S]*?)^```$/m.exec(page) ?? [];
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
    const { audit } = parseYaml(text) as { readonly audit: unknown };
    const opened = openConfiguredSinks(auditSchema.parse(audit).sinks, {
      stdout: new PassThrough(),
      clock: systemClock,
    });
    expect(opened.map(({ name, sink, bounds }) => [name, sink.name, bounds.delivery])).toEqual([
      ['file', 'file', 'bestEffort'],
      ['console', 'stdout', 'bestEffort'],
    ]);
    expect(opened.map(({ wants }) => wants(anAuditEvent()))).toEqual([true, false]);
  });

  it('write to the file, and to the stream that was handed in', async () => {
    const stdout = new PassThrough();
    const path = join(folder, 'audit.ndjson');
    const sinks = [
      { name: 'file', file: { path } },
      { name: 'console', stdout: { format: 'cef' } },
    ];
    const event = anAuditEvent();
    for (const { sink } of openConfiguredSinks(sinksOf(sinks), { stdout, clock: systemClock })) {
      await sink.write([event]);
      await sink.close();
    }
    expect(await readFile(path, 'utf8')).toContain(event.id);
    expect(String(stdout.read())).toMatch(/^CEF:/);
  });

  it('are refused with "ERR_CONFIG_INVALID" that write to a standard output which was not handed in', () => {
    expect(() => openConfiguredSinks(sinksOf([{ name: 'console', stdout: {} }]), { clock: systemClock })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }) as Error,
    );
  });

  it.each<[string, readonly object[], string]>([
    ['lead nowhere', [{ name: 'a' }], 'exactly one of'],
    ['lead to two places', [{ name: 'a', stdout: {}, file: { path: 'x' } }], 'exactly one of'],
    [
      'have a name twice',
      [
        { name: 'a', stdout: {} },
        { name: 'a', stdout: {} },
      ],
      'a name twice',
    ],
    ['may be behind for no time', [{ name: 'a', stdout: {}, maxTimeBehind: '1ms' }], 'from 1s on'],
  ])('are refused that %s', (_, sinks, told) => {
    expect(auditSchema.safeParse({ sinks }).error?.message).toContain(told);
  });
});

describe('witnesses of the configuration', () => {
  const s3 = { endpoint: 'https://s3.example.com', bucket: 'witness', accessKeyId: 'AK', secretAccessKeyFile: 'key' };
  const open = (
    witnesses: readonly object[],
    read: (path: string, what: string) => Secret | undefined = () => undefined,
  ) => openWitnesses(auditOf(auditSchema.parse({ witnesses }), read).witnesses ?? [], systemClock);

  it('are those that docs/audit.md shows', async () => {
    const page = await readFile(new URL('../../../docs/audit.md', import.meta.url), 'utf8');
    const [, text = ''] = /^```yaml\n(audit:\n {2}witnesses:[\s\S]*?)^```$/m.exec(page) ?? [];
    const { audit } = parseYaml(text) as { readonly audit: { readonly witnesses: readonly object[] } };
    expect(open(audit.witnesses).map(({ witness, intervalMs }) => [witness.name, intervalMs])).toEqual([
      ['offsite', 300_000],
    ]);
  });

  it('keep a checkpoint where the configuration says, every ten minutes when it does not say how often', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-witness-'));
    try {
      const [{ witness, intervalMs } = { intervalMs: 0, witness: undefined }] = open([
        { name: 'kept', file: { folder } },
      ]);
      expect(intervalMs).toBe(600_000);
      await witness?.record({ log: 'org_1', size: 7, note: 'a note' }, { signal: new AbortController().signal });
      expect(await readFile(join(folder, checkpointPath({ log: 'org_1', size: 7 })), 'utf8')).toBe('a note');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('read their secret from the file that is named, and hold it as one', () => {
    const asked: string[] = [];
    const read = (path: string, what: string) => {
      asked.push(`${what}: ${path}`);
      return new Secret('of the store');
    };
    const { witnesses = [] } = auditOf(auditSchema.parse({ witnesses: [{ name: 'a', s3 }] }), read);
    expect(asked).toEqual(['audit.witnesses[0].s3.secretAccessKeyFile: key']);
    expect(JSON.stringify(witnesses)).not.toContain('of the store');
    expect(openWitnesses(witnesses, systemClock).map(({ witness }) => witness.name)).toEqual(['a']);
    expect(auditOf(auditSchema.parse({}), read)).toEqual({ sinks: [] });
  });

  it.each<[string, readonly object[], string]>([
    ['lead nowhere', [{ name: 'a' }], 'exactly one of file, git and s3'],
    ['lead to two places', [{ name: 'a', file: { folder: 'x' }, git: { repository: 'x' } }], 'exactly one of'],
    ['have a name twice', [1, 2].map(() => ({ name: 'a', file: { folder: 'x' } })), 'a name twice'],
    ['have a name that is none', [{ name: 'A b', file: { folder: 'x' } }], 'DNS label'],
    ['are asked all the time', [{ name: 'a', interval: '10ms', file: { folder: 'x' } }], 'from 1s on'],
    ['lead to no store', [{ name: 'a', s3: { ...s3, endpoint: 'ftp://s3.example.com' } }], 'Invalid URL'],
    ['have their secret in the file', [{ name: 'a', s3: { ...s3, secretAccessKey: 'abc' } }], 'Unrecognized key'],
    ['lock for no time', [{ name: 'a', s3: { ...s3, lockDays: 0 } }], 'lockDays'],
    [
      'push to a remote that is an option',
      [{ name: 'a', git: { repository: 'x', remote: '--exec' } }],
      'name of a remote',
    ],
  ])('are refused that %s', (_, witnesses, told) => {
    expect(auditSchema.safeParse({ witnesses }).error?.message).toContain(told);
  });
});
