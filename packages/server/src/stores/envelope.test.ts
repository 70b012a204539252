import { randomBytes } from 'node:crypto';
import { Secret } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { createEnvelope } from './envelope.ts';

const key = new Secret(randomBytes(32));
const envelope = createEnvelope(key);
/** 'from before', sealed under an older form with the context cookie/1. */
const PREVIEW_TEXT = 'v1.b819df161f76ec17.MGQzWFjLbsBWxwOoYpoeLairYSMwJx9dtYDojlFRKXpW_OTqQw9XC0wJ3Bu_GMUTTMM5f8Pd5Q';
const cannotOpen = expect.objectContaining({ code: 'ERR_STORE_ENCRYPTION_KEY' });

describe('the envelope', () => {
  it('opens what it sealed, in the same context only', () => {
    const sealed = envelope.seal('a secret, é𝄞', 'cookie/1');
    expect(envelope.open(sealed, 'cookie/1').reveal()).toBe('a secret, é𝄞');
    expect(createEnvelope(key).open(sealed, 'cookie/1').reveal()).toBe('a secret, é𝄞');
    expect(() => envelope.open(sealed, 'cookie/2')).toThrow(cannotOpen);
  });

  it('opens what builds from before the first release sealed, and says that it can not be given another key', () => {
    const old = createEnvelope(new Secret(Buffer.from('0123456789abcdef0123456789abcdef')));
    const sealed = PREVIEW_TEXT;
    expect(old.open(sealed, 'cookie/1').reveal()).toBe('from before');
    expect(() => old.open(sealed, 'cookie/2')).toThrow(cannotOpen);
    expect(() => envelope.open(sealed, 'cookie/1')).toThrow(cannotOpen);
    expect(() => old.rewrap(sealed)).toThrow('before the first release');
  });

  it('seals the same text differently each time', () => {
    expect(envelope.seal('text', 'context')).not.toBe(envelope.seal('text', 'context'));
  });

  it('refuses another key, and names both by their ids', () => {
    const sealed = createEnvelope(new Secret(randomBytes(32))).seal('text', 'cookie/1');
    expect(() => envelope.open(sealed, 'cookie/1')).toThrow(
      expect.objectContaining({
        code: 'ERR_STORE_ENCRYPTION_KEY',
        message: expect.stringMatching(
          /^the secret of cookie\/1 was encrypted with key [0-9a-f]{16}, the configured one is [0-9a-f]{16}$/,
        ),
      }),
    );
  });

  it('refuses a text of which any byte was changed or cut off', () => {
    const sealed = envelope.seal('text', 'context');
    const parts = sealed.split('.');
    for (const part of [2, 3]) {
      const bytes = Buffer.from(parts[part] ?? '', 'base64url');
      const withPart = (changed: Buffer) => parts.with(part, changed.toString('base64url')).join('.');
      for (let i = 0; i < bytes.length; i++) {
        const altered = Buffer.from(bytes);
        altered[i] = (altered[i] ?? 0) ^ 1;
        expect(() => envelope.open(withPart(altered), 'context')).toThrow(cannotOpen);
        expect(() => envelope.open(withPart(bytes.subarray(0, i)), 'context')).toThrow(cannotOpen);
      }
    }
    for (const text of ['', 'v1', 'v2.a.b.c', 'text', `${sealed}.x`, parts.slice(0, 3).join('.')])
      expect(() => envelope.open(text, 'context')).toThrow(cannotOpen);
  });

  it('marks equal texts alike in one context, and differently in another or under another key', () => {
    expect(envelope.mark('a', 'x')).toBe(envelope.mark('a', 'x'));
    expect(envelope.mark('a', 'x')).not.toBe(envelope.mark('a', 'y'));
    expect(envelope.mark('a', 'x')).not.toBe(createEnvelope(new Secret(randomBytes(32))).mark('a', 'x'));
  });

  it('opens what former keys sealed, and seals with the first one only', () => {
    const former = new Secret(randomBytes(32));
    const sealed = createEnvelope(former).seal('text', 'cookie/1');
    const both = createEnvelope([key, former]);
    expect(both.open(sealed, 'cookie/1').reveal()).toBe('text');
    expect(envelope.open(both.seal('text', 'cookie/1'), 'cookie/1').reveal()).toBe('text');
    expect(() => envelope.open(sealed, 'cookie/1')).toThrow(cannotOpen);
  });

  it('encrypts a text anew under the first key, without its context, which still binds', () => {
    const former = new Secret(randomBytes(32));
    const sealed = createEnvelope(former).seal('text', 'cookie/1');
    const rewrapped = createEnvelope([key, former]).rewrap(sealed);
    expect(rewrapped.startsWith(envelope.prefix)).toBe(true);
    expect(envelope.open(rewrapped, 'cookie/1').reveal()).toBe('text');
    expect(() => envelope.open(rewrapped, 'cookie/2')).toThrow(cannotOpen);
    expect(() => envelope.rewrap(sealed)).toThrow(cannotOpen);
  });

  it('keeps its marks under another first key when they have a key of their own', () => {
    const markKey = new Secret(randomBytes(32));
    const before = createEnvelope(new Secret(randomBytes(32)), markKey);
    expect(createEnvelope(key, markKey).mark('a', 'x')).toBe(before.mark('a', 'x'));
    expect(envelope.mark('a', 'x')).not.toBe(before.mark('a', 'x'));
  });

  it('SEC-H11 refuses a key of another length', () => {
    expect(() => createEnvelope(new Secret(randomBytes(16)))).toThrow(
      expect.objectContaining({ message: 'encryption key is 16 bytes, must be 32' }),
    );
  });
});
