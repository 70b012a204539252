import { describe, expect, test } from 'vitest';
import { aLogEntry, aSignedBundle, createLogSigner, type SignedLogEntry } from '../testing/signed-log.ts';
import { type BundleLine, formatBundleLine } from './bundle.ts';
import type { LogReport } from './log-report.ts';
import { readLines } from './read-lines.ts';
import { createTreeHasher } from './tree-hasher.ts';
import { type VerifyLogOptions, verifyLog } from './verify-log.ts';

const NAME = 'access.example.com/audit';
const LOG = 'org_01';
const SIZE = 600;

const signer = createLogSigner();

function entryOf(index: number, fields: Record<string, unknown> = {}): SignedLogEntry {
  const at = new Date(1_700_000_000_000 + index * 1_000).toISOString();
  return aLogEntry(index, { id: `evt_${index}`, code: 'login.succeeded', at, ...fields });
}

const log = (size = SIZE) => Array.from({ length: size }, (_, index) => entryOf(index));

const bundleOf = (entries: readonly SignedLogEntry[], by = signer) => aSignedBundle(entries, { log: LOG, signer: by });

const verify = (lines: readonly BundleLine[], options?: VerifyLogOptions): Promise<LogReport> =>
  verifyLog(
    lines.map((line) => formatBundleLine(line).trimEnd()),
    options,
  );

/** The entry lines of a bundle, changed. */
const withEntries = (lines: readonly BundleLine[], change: (line: BundleLine & { type: 'entry' }) => BundleLine) =>
  lines.map((line) => (line.type === 'entry' ? change(line) : line));

const kept = (size: number, entries = log()): string => {
  const tree = createTreeHasher();
  for (const { leaf } of entries.slice(0, size)) tree.push(leaf);
  return signer.note(LOG, size, tree.root());
};

const first = (report: LogReport) => {
  const [finding] = report.findings;
  return { kind: finding?.kind, index: finding?.index, eventId: finding?.eventId, count: report.findings.length };
};

describe('a log that holds', () => {
  test('is told with its newest checkpoint, time and counts', async () => {
    const options = { keys: [signer], anchors: [kept(1), kept(250), kept(599)] };
    expect(await verify(bundleOf(log()), options)).toEqual({
      holds: true,
      log: LOG,
      origin: `${NAME}/${LOG}`,
      checkpoint: kept(SIZE),
      entries: SIZE,
      removed: 0,
      checkpoints: 3,
      anchors: 3,
      recordings: 0,
      newestAt: entryOf(SIZE - 1).event['at'],
      findings: [],
      furtherFindings: 0,
    });
  });

  test('may be empty', async () => {
    expect(await verify(bundleOf([]))).toMatchObject({ holds: true, entries: 0 });
  });

  test('lacks what retention took, as far as the log itself accounts for it', async () => {
    const applied = { log: LOG, deleted: 3, before: entryOf(5).event['at'] };
    const entries = [...log(20), entryOf(20, { code: 'audit.retention.applied', details: applied })];
    const without = (gone: number[]) =>
      withEntries(bundleOf(entries), ({ event, salt, ...rest }) =>
        gone.includes(rest.index) ? rest : { ...rest, ...(event && salt && { event, salt }) },
      );
    expect(await verify(without([1, 2, 4]))).toMatchObject({ holds: true, removed: 3 });
    expect(first(await verify(without([1, 2, 4, 9])))).toMatchObject({ kind: 'deleted', index: 9 });
    expect(first(await verify(without([1, 2, 3, 4])))).toMatchObject({ kind: 'deleted', index: 1 });
  });

  test('is read from pieces that end anywhere', async () => {
    const text = bundleOf(log(30)).map(formatBundleLine).join('');
    async function* pieces() {
      for (let at = 0; at < text.length; at += 37) yield text.slice(at, at + 37);
    }
    expect(await verifyLog(readLines(pieces()))).toMatchObject({ holds: true, entries: 30 });
  });
});

describe('tampering is named, with its place', () => {
  test('SEC-G02 an edited entry', async () => {
    const lines = withEntries(bundleOf(log()), (line) =>
      line.index === 300 && line.event ? { ...line, event: { ...line.event, code: 'login.failed' } } : line,
    );
    const report = await verify(lines);
    expect(report.findings).toEqual([
      {
        kind: 'edited',
        index: 300,
        eventId: 'evt_300',
        at: entryOf(300).event['at'],
        message: 'the entry is not the one that was written',
      },
    ]);
    expect(report.holds).toBe(false);
  });

  test('SEC-G02 an entry that is gone, also the newest', async () => {
    for (const gone of [0, 300, SIZE - 1]) {
      const lines = withEntries(bundleOf(log()), ({ event, salt, ...rest }) =>
        rest.index === gone ? rest : { ...rest, ...(event && salt && { event, salt }) },
      );
      expect(first(await verify(lines))).toMatchObject({ kind: 'deleted', index: gone, count: 1 });
    }
  });

  test('SEC-G02 two entries in one another’s place', async () => {
    const lines = bundleOf(log());
    const at = (index: number) => lines.find((line) => line.type === 'entry' && line.index === index);
    const [a, b] = [at(100), at(400)];
    const swapped = withEntries(lines, (line) => {
      const other = line.index === 100 ? b : line.index === 400 ? a : undefined;
      return other?.type === 'entry' && other.event && other.salt
        ? { ...line, event: other.event, salt: other.salt }
        : line;
    });
    expect((await verify(swapped)).findings).toMatchObject([
      { kind: 'reordered', index: 100, eventId: 'evt_400', message: 'the entry was written at index 400' },
      { kind: 'reordered', index: 400, eventId: 'evt_100', message: 'the entry was written at index 100' },
    ]);
  });

  test('SEC-G02 the newest entries cut off, with their hashes, from under a checkpoint', async () => {
    const lines = withEntries(bundleOf(log()), (line) =>
      line.index >= 590 ? { type: 'entry', index: line.index } : line,
    );
    expect((await verify(lines)).findings).toEqual([
      expect.objectContaining({ kind: 'truncated', index: 590, lastIndex: 599, at: entryOf(589).event['at'] }),
    ]);
  });

  test('SEC-G02 an entry and its hash changed: between the checkpoints where it was', async () => {
    const forged = log().with(300, entryOf(300, { code: 'login.failed' }));
    const honest = bundleOf(log()).filter(({ type }) => type === 'checkpoint');
    const lines = bundleOf(forged).map((line) => (line.type === 'checkpoint' ? (honest.shift() ?? line) : line));
    expect((await verify(lines)).findings).toMatchObject([{ kind: 'rewritten', index: 250, lastIndex: 499 }]);
  });

  test('SEC-G02 a log signed anew with the stolen key: by what was kept elsewhere', async () => {
    const forged = bundleOf(log().with(300, entryOf(300, { code: 'login.failed' })));
    // By itself it is a perfect log.
    expect(await verify(forged, { keys: [signer] })).toMatchObject({ holds: true });
    const report = await verify(forged, { keys: [signer], anchors: [kept(250), kept(400), kept(600)] });
    expect(report.findings).toMatchObject([
      { kind: 'rewritten', index: 250, lastIndex: 399, message: expect.stringContaining('kept elsewhere') },
    ]);
    // What the thief signed between says nothing about the place.
    const late = await verify(forged, { keys: [signer], anchors: [kept(600)] });
    expect(late.findings).toMatchObject([{ kind: 'rewritten', index: 0, lastIndex: 599 }]);
  });

  test('SEC-G02 an old backup, or the newest cut off with their checkpoints: by what was kept elsewhere', async () => {
    const old = bundleOf(log(500));
    expect(await verify(old, { keys: [signer] })).toMatchObject({ holds: true });
    const report = await verify(old, { keys: [signer], anchors: [kept(250), kept(600)] });
    expect(report.findings).toMatchObject([{ kind: 'rolledBack', index: 500, lastIndex: 599 }]);
  });

  test('SEC-G02 a log signed with another key under the same name', async () => {
    const other = createLogSigner();
    const report = await verify(bundleOf(log(), other), { keys: [signer] });
    expect(first(report)).toMatchObject({ kind: 'forgedCheckpoint', index: 249 });
  });

  test('SEC-G02 a log in the place of another', async () => {
    const tree = createTreeHasher();
    const anchors = [signer.note('org_02', 0, tree.root())];
    expect(first(await verify(bundleOf(log()), { keys: [signer], anchors }))).toMatchObject({ kind: 'foreignLog' });
    const lines = bundleOf(log()).map((line) => (line.type === 'header' ? { ...line, log: 'org_02' } : line));
    expect(first(await verify(lines))).toMatchObject({ kind: 'forgedCheckpoint', index: 249 });
  });

  test('SEC-G02 a key that had ended its time', async () => {
    const lines = bundleOf(log()).map((line) =>
      line.type === 'header'
        ? { ...line, keys: line.keys.map((key) => ({ ...key, signsUntil: '2023-01-02T00:00:00.000Z' })) }
        : line,
    );
    expect(first(await verify(lines))).toMatchObject({ kind: 'forgedCheckpoint', index: 249 });
  });

  test('SEC-G02 the newest checkpoint left out', async () => {
    const lines = bundleOf(log());
    const report = await verify(lines.toSpliced(lines.length - 2, 1));
    expect(first(report)).toMatchObject({ kind: 'forgedCheckpoint', index: 500 });
  });

  test('SEC-G02 a recording that is another one, or gone', async () => {
    const headSha256 = 'ab'.repeat(32);
    const ended = entryOf(10, { code: 'session.recording.ended', recordingId: 'rec_1', details: { headSha256 } });
    const lines = bundleOf(log(20).with(10, ended));
    const withRecording = (recording: { id: string; headSha256?: string }) =>
      lines.flatMap((line): BundleLine[] =>
        line.type === 'entry' && line.index === 10 ? [line, { type: 'recording', ...recording }] : [line],
      );
    expect(await verify(withRecording({ id: 'rec_1', headSha256 }))).toMatchObject({ holds: true, recordings: 1 });
    for (const stored of [{ headSha256: 'cd'.repeat(32) }, {}]) {
      const report = await verify(withRecording({ id: 'rec_1', ...stored }));
      expect(first(report)).toEqual({ kind: 'swappedRecording', index: 10, eventId: 'evt_10', count: 1 });
    }
  });

  test('names a hundred breaks and counts the others', async () => {
    const lines = withEntries(bundleOf(log()), (line) => ({
      ...line,
      ...(line.event && { event: { ...line.event, x: 1 } }),
    }));
    const report = await verify(lines);
    expect(report.findings).toHaveLength(100);
    expect(report.furtherFindings).toBe(SIZE - 100);
  });
});

describe('a bundle that can’t be judged', () => {
  const lines = bundleOf(log(3));
  const [header, ...others] = lines;
  test.each<[string, readonly unknown[], string]>([
    ['without an end', lines.slice(0, -1), 'incomplete'],
    ['without a header', others, 'not the header'],
    ['of nothing', [], 'incomplete'],
    ['with something behind its end', [...lines, ...others], 'behind the end'],
    ['with an entry left out', lines.toSpliced(2, 1), 'is entry 2, not 1'],
    ['that ends early', [header, { type: 'end', entries: 0 }], 'incomplete'],
    ['of another version', [{ ...header, version: 2 }], 'is no line'],
    ['with a salt that is too short', [header, { type: 'entry', index: 0, salt: 'ab', event: {} }], 'is no line'],
    ['with an event without its salt', [header, { type: 'entry', index: 0, event: {} }], 'is no line'],
  ])('%s is refused', async (_name, given, message) => {
    const error = await verifyLog(given.map((line) => JSON.stringify(line))).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ERR_AUDIT_BUNDLE_MALFORMED', message: expect.stringContaining(message) });
  });

  test('with a line that is no JSON is refused', async () => {
    await expect(verifyLog(['{'])).rejects.toMatchObject({ code: 'ERR_AUDIT_BUNDLE_MALFORMED' });
  });
});
