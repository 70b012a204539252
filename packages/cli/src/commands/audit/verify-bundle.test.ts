import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BundleLine,
  createTreeHasher,
  formatBundleLine,
  formatNoteKey,
  type LogReport,
} from '@sallyport/audit/proof';
import { aLogEntry, aSignedBundle, createLogSigner } from '@sallyport/audit/testing';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { createTerminal } from '../../testing/terminal.ts';

const SIZE = 600;
const LOG = 'org_01';
const folder = temporaryFolder();
const signer = createLogSigner();
const headSha256 = 'ab'.repeat(32);

const atOf = (index: number) => new Date(1_760_000_000_000 + index * 1_000).toISOString();
const entryOf = (index: number, fields = {}) =>
  aLogEntry(index, { id: `evt_${index}`, at: atOf(index), code: 'login.succeeded', ...fields });
const log = Array.from({ length: SIZE }, (_, index) =>
  index === 42
    ? entryOf(42, { code: 'session.recording.ended', recordingId: 'rec_1', details: { headSha256 } })
    : entryOf(index),
);
const bundleOf = (entries = log) => aSignedBundle(entries, { log: LOG, signer });
const rootOf = (size: number, entries = log) => {
  const tree = createTreeHasher();
  for (const { leaf } of entries.slice(0, size)) tree.push(leaf);
  return tree.root();
};

const terminal = createTerminal(folder, 'home');
const run = (...argv: string[]) => terminal(['audit', 'verify', ...argv]);
let written = 0;
function save(lines: readonly BundleLine[]): string {
  const file = join(folder, `bundle-${written++}.ndjson`);
  writeFileSync(file, lines.map(formatBundleLine).join(''));
  return file;
}
/** A checkpoint of the honest log, kept where a witness keeps it. */
function keep(size: number): string {
  const kept = join(folder, `kept-${size}`, LOG);
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, `${size}.checkpoint`), signer.note(LOG, size, rootOf(size)));
  return join(folder, `kept-${size}`);
}
/** The lines of a bundle, its entries changed. */
const changed = (change: (line: BundleLine & { type: 'entry' }) => BundleLine, lines = bundleOf()) =>
  lines.map((line) => (line.type === 'entry' ? change(line) : line));
const withRecording = (stored: { headSha256?: string }) =>
  bundleOf().flatMap((line): BundleLine[] =>
    line.type === 'entry' && line.index === 42 ? [line, { type: 'recording', id: 'rec_1', ...stored }] : [line],
  );
const eventOf = (index: number) => {
  const { leaf: _, salt = new Uint8Array(), event = {} } = log[index] ?? {};
  return { salt: Buffer.from(salt).toString('hex'), event };
};

describe('sallyport audit verify --bundle', () => {
  const key = formatNoteKey(signer);

  it('ends with 0 and one line for a log that holds, and says what it came from', async () => {
    const lines = withRecording({ headSha256 });
    const { exitCode, stdout, stderr } = await run('--bundle', save(lines), '--key', key, '--anchor', keep(250));
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: `The audit log ${LOG} holds: ${SIZE} entries, until ${atOf(SIZE - 1)}, 3 checkpoints, 1 recording, compared with 1 kept elsewhere.\n`,
      stderr: '',
    });
    const { stdout: json } = await run('--bundle', save(lines), '--key', key, '-o', 'json');
    expect(JSON.parse(json)).toMatchObject({ holds: true, log: LOG, entries: SIZE, anchors: 0, findings: [] });
  });

  it('says that it trusts the keys of the bundle where nobody named another', async () => {
    const { exitCode, stderr } = await run('--bundle', save(bundleOf()));
    expect(exitCode).toBe(0);
    expect(stderr).toContain('No key of this log is known here');
  });

  const drills: readonly {
    readonly name: string;
    readonly lines: () => readonly BundleLine[];
    readonly anchor?: number;
    readonly want: { readonly kind: string; readonly index: number; readonly lastIndex?: number };
    readonly event?: string;
  }[] = [
    {
      name: 'an event that was edited',
      lines: () =>
        changed((line) => (line.index === 300 ? { ...line, event: { ...line.event, code: 'login.failed' } } : line)),
      want: { kind: 'edited', index: 300 },
      event: 'evt_300',
    },
    {
      name: 'an event that was deleted',
      lines: () =>
        changed((line) => (line.index === 300 ? { type: 'entry', index: 300, leaf: line.leaf ?? '' } : line)),
      want: { kind: 'deleted', index: 300 },
    },
    {
      name: 'the newest events cut off',
      lines: () => changed((line) => (line.index >= 590 ? { type: 'entry', index: line.index } : line)),
      want: { kind: 'truncated', index: 590, lastIndex: SIZE - 1 },
    },
    {
      name: 'events in one another’s place',
      lines: () =>
        changed((line) =>
          line.index === 100 ? { ...line, ...eventOf(400) } : line.index === 400 ? { ...line, ...eventOf(100) } : line,
        ),
      want: { kind: 'reordered', index: 100 },
      event: 'evt_400',
    },
    {
      name: 'a recording that was swapped',
      lines: () => withRecording({ headSha256: 'cd'.repeat(32) }),
      want: { kind: 'swappedRecording', index: 42 },
      event: 'evt_42',
    },
    {
      name: 'a backup that was restored',
      lines: () => bundleOf(log.slice(0, 500)),
      anchor: SIZE,
      want: { kind: 'rolledBack', index: 500, lastIndex: SIZE - 1 },
    },
    {
      name: 'a log that was written and signed anew with the stolen key',
      lines: () => bundleOf(log.with(300, entryOf(300, { code: 'login.failed' }))),
      anchor: SIZE,
      want: { kind: 'rewritten', index: 0, lastIndex: SIZE - 1 },
    },
  ];
  it.each(drills)('SEC-G02 ends with 9 and names $name with its place', async ({ lines, anchor, want, event }) => {
    const words = [
      '--bundle',
      save(lines()),
      '--key',
      key,
      ...(anchor === undefined ? [] : ['--anchor', keep(anchor)]),
    ];
    const place = want.lastIndex === undefined ? String(want.index) : `${want.index}-${want.lastIndex}`;
    const shown = await run(...words);
    expect(shown.exitCode).toBe(9);
    expect(shown.stdout).toMatch(/^TAMPERING +INDEX +EVENT +TIME +WHAT\n/);
    expect(shown.stdout.split('\n')[1]).toMatch(new RegExp(`^${want.kind} +${place} +${event ?? '-'} `));
    expect(shown.stderr).toContain(`ERR_CLI_AUDIT_TAMPERED`);
    expect(shown.stderr).toContain(`the audit log ${LOG} does not hold: ${want.kind} at ${place}`);
    const json = await run(...words, '-o', 'json');
    expect(json.exitCode).toBe(9);
    const report = JSON.parse(json.stdout) as LogReport;
    expect(report.holds).toBe(false);
    expect(report.findings[0]).toMatchObject({ ...want, ...(event && { eventId: event }) });
  });

  it('SEC-G02 trusts the keys that are named and no others', async () => {
    const file = save(bundleOf());
    const stranger = formatNoteKey(createLogSigner());
    const { exitCode, stdout } = await run('--bundle', file, '--key', stranger, '-o', 'json');
    expect(exitCode).toBe(9);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [249, 499, 599].map((index) => ({ kind: 'forgedCheckpoint', index })),
    });
    expect(await run('--bundle', file, '--key', stranger, '--key', key)).toMatchObject({ exitCode: 0 });
  });

  it.each<[string, () => readonly string[], string]>([
    ['a key that is none', () => ['--bundle', save(bundleOf()), '--key', 'nonsense'], 'ERR_CLI_AUDIT_BUNDLE'],
    ['a bundle that was cut off', () => ['--bundle', save(bundleOf().slice(0, -1))], 'incomplete'],
    ['a bundle that is not there', () => ['--bundle', join(folder, 'nowhere')], 'ERR_CLI_AUDIT_BUNDLE'],
    [
      'a folder without checkpoints',
      () => ['--bundle', save(bundleOf()), '--anchor', join(folder, 'home')],
      'ERR_CLI_ANCHOR',
    ],
  ])('ends with 1, and neither that it holds nor that it does not, for %s', async (_, words, told) => {
    const { exitCode, stdout, stderr } = await run(...words());
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr).not.toContain('ERR_CLI_AUDIT_TAMPERED');
  });
});
