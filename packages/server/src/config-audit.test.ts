import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { anAuditEvent } from '@sallyport/audit/testing';
import { systemClock } from '@sallyport/core';
import { parseYaml } from '@sallyport/core/yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditSchema, openConfiguredSinks } from './config-audit.ts';

const sinksOf = (sinks: unknown) => auditSchema.parse({ sinks }).sinks;

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
