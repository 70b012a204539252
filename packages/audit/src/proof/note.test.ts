import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { EMPTY_ROOT } from './hash.ts';
import { PROOF_LIMITS } from './limits.ts';
import { formatNote, formatNoteKey, noteKeyId, notePayload, parseNote, parseNoteKey, verifyNote } from './note.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = {
  name: 'access.example.com/audit',
  publicKey: new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')),
};
const signatureOf = (text: string) => ({
  name: key.name,
  keyId: noteKeyId(key),
  signature: new Uint8Array(sign(null, notePayload(text), privateKey)),
});
const malformed = expect.objectContaining({ code: 'ERR_AUDIT_NOTE_MALFORMED' });

interface NoteVector {
  readonly name: string;
  readonly key: string;
  readonly note: string;
  readonly signedBy: string | null;
}

const vectors = JSON.parse(readFileSync(new URL('../../testdata/notes.json', import.meta.url), 'utf8')) as NoteVector[];

test.each(vectors)('reads $name', ({ key: known, note, signedBy }) => {
  expect(verifyNote(parseNote(note), [parseNoteKey(known)])?.name ?? null).toBe(signedBy);
  expect(formatNoteKey(parseNoteKey(known))).toBe(known);
});

describe('signed notes', () => {
  const text = 'first line\n\nlast line\n';
  const note = formatNote({ text, signatures: [signatureOf(text)] });

  test('come back as they were written, blank lines in the text included', () => {
    expect(parseNote(note).text).toBe(text);
    expect(verifyNote(parseNote(note), [key])).toEqual(key);
    expect(formatNote(parseNote(note))).toBe(note);
  });

  test('are signed by nobody when text, name or key is another', () => {
    const changed = note.replace('last', 'lost');
    expect(verifyNote(parseNote(changed), [key])).toBeUndefined();
    expect(verifyNote(parseNote(note), [{ ...key, name: 'other.example.com/audit' }])).toBeUndefined();
    expect(verifyNote(parseNote(note), [{ ...key, publicKey: new Uint8Array(32).fill(9) }])).toBeUndefined();
    expect(verifyNote(parseNote(note), [])).toBeUndefined();
  });

  test('may carry signatures of others, but a broken one of a known key spoils them', () => {
    const other = { name: 'witness.example.com', keyId: '01020304', signature: new Uint8Array(64) };
    const good = signatureOf(text);
    expect(verifyNote({ text, signatures: [other, good] }, [key])).toEqual(key);
    const broken = { ...good, signature: new Uint8Array(64) };
    expect(verifyNote({ text, signatures: [good, broken] }, [key])).toBeUndefined();
  });

  test.each([
    ['no signature', 'text\n'],
    ['no text', '\n— a.example.com AAAAAAA=\n'],
    ['no line end', note.trimEnd()],
    ['a control character', note.replace('first', 'fi\u0007st')],
    ['half of a surrogate pair', note.replace('first', 'fi\ud800st')],
    ['a hyphen for the dash', note.replace('— ', '- ')],
    ['a signature that is no Base64', note.replace(/\S+\n$/, '????\n')],
    ['Base64 that is not canonical', note.replace(/\S+\n$/, 'AAAAAAB=\n')],
    ['a signature that is only a key id', note.replace(/\S+\n$/, 'AAAAAA==\n')],
    ['a plus in the key name', note.replace('/audit ', '+audit ')],
    ['too much text', `${'x'.repeat(PROOF_LIMITS.maxNoteCharacters)}${note}`],
    ['too many signatures', note + note.slice(note.indexOf('—')).repeat(PROOF_LIMITS.maxNoteSignatures)],
  ])('with %s are refused', (_name, given) => {
    expect(() => parseNote(given)).toThrow(malformed);
  });
});

describe('verifier keys', () => {
  const written = formatNoteKey(key);
  test('come back as they were written', () => {
    expect(parseNoteKey(written)).toEqual(key);
  });

  test.each([
    ['of another name', `other${written}`],
    ['of another type', written.replace('+A', '+B')],
    ['that is cut', written.slice(0, -4)],
    ['of nothing', ''],
  ])('%s are refused', (_name, given) => {
    expect(() => parseNoteKey(given)).toThrow(malformed);
  });
});

describe('checkpoints', () => {
  const checkpoint = { origin: `${key.name}/org_1`, size: 20_852_163, root: EMPTY_ROOT };
  const text = formatCheckpoint(checkpoint);

  test('have origin, size and root, one line each', () => {
    expect(text).toBe(`${key.name}/org_1\n20852163\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`);
    const note = formatNote({ text, signatures: [signatureOf(text)] });
    expect(openCheckpoint(note, [key])).toEqual({ ...checkpoint, key });
    expect(openCheckpoint(note, [])).toBeUndefined();
  });

  test.each([
    ['a leading zero', text.replace('\n2', '\n02')],
    ['a negative size', text.replace('\n2', '\n-2')],
    ['a size beyond exact numbers', text.replace('20852163', '9999999999999999')],
    ['a short root', text.replace('47DEQpj8', '')],
    ['an extension line', `${text}more\n`],
    ['white space in the origin', ` ${text}`],
  ])('with %s are refused', (_name, given) => {
    expect(() => parseCheckpoint(given)).toThrow(malformed);
  });
});
