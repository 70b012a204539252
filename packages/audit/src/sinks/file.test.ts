import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAuditEvent } from '../format-event.ts';
import { auditSinkConformance } from '../testing/conformance.ts';
import { anAuditEvent } from '../testing/fixtures.ts';
import { createFileSink } from './file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-audit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function readEvents(path: string) {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').slice(0, -1).map(parseAuditEvent);
}

describe('the file sink', () => {
  for (const { name, run } of auditSinkConformance) {
    it(name, () =>
      run(async () => {
        const path = join(folder, 'audit.ndjson');
        return { sink: createFileSink({ path }), read: () => readEvents(path) };
      }),
    );
  }

  it('makes its folder for its owner alone, and the file too', async () => {
    const path = join(folder, 'state', 'audit.ndjson');
    const sink = createFileSink({ path });
    await sink.write([anAuditEvent()]);
    await sink.close();
    expect((await stat(join(folder, 'state'))).mode & 0o777).toBe(0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('narrows the mode of a file that others could read', async () => {
    const path = join(folder, 'audit.ndjson');
    await writeFile(path, '', { mode: 0o644 });
    const sink = createFileSink({ path });
    await sink.write([anAuditEvent()]);
    await sink.close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('closes a line that a crash cut off, and keeps everything after it readable', async () => {
    const path = join(folder, 'audit.ndjson');
    await writeFile(path, '{"id":"evt_cut');
    const sink = createFileSink({ path });
    const event = anAuditEvent();
    await sink.write([event]);
    await sink.close();
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines[0]).toBe('{"id":"evt_cut');
    expect(parseAuditEvent(lines[1])).toEqual(event);
  });

  it('rotates by size, keeps maxFiles files and loses nothing that they can hold', async () => {
    const path = join(folder, 'audit.ndjson');
    const lineBytes = JSON.stringify(anAuditEvent()).length + 1;
    const sink = createFileSink({ path, maxBytes: lineBytes * 2, maxFiles: 3 });
    const events = Array.from({ length: 7 }, () => anAuditEvent());
    for (const event of events) await sink.write([event]);
    await sink.close();
    expect((await readdir(folder)).sort()).toEqual(['audit.ndjson', 'audit.ndjson.1', 'audit.ndjson.2']);
    const kept = [
      ...(await readEvents(`${path}.2`)),
      ...(await readEvents(`${path}.1`)),
      ...(await readEvents(path)),
    ].map(({ id }) => id);
    expect(kept).toEqual(events.slice(2).map(({ id }) => id));
  });

  it('fails with the path and a next step when the file cannot be made, and recovers afterwards', async () => {
    const path = join(folder, 'state', 'audit.ndjson');
    await writeFile(join(folder, 'state'), 'a file in the way');
    const sink = createFileSink({ path });
    await expect(sink.write([anAuditEvent()])).rejects.toMatchObject({
      code: 'ERR_AUDIT_SINK',
      message: `audit file ${path} could not be written`,
      nextStep: expect.stringContaining('writable'),
    });
    await rm(join(folder, 'state'));
    await sink.write([anAuditEvent()]);
    await sink.close();
    expect(await readEvents(path)).toHaveLength(1);
  });
});
