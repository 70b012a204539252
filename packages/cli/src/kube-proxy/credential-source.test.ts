import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { createCredentialSource } from './credential-source.ts';

function setUp() {
  const clock = createFakeClock();
  const forgotten: string[] = [];
  let asked = 0;
  let failure: Error | undefined;
  const source = createCredentialSource(
    async () => {
      asked += 1;
      if (failure !== undefined) throw failure;
      const expirationTimestamp = new Date(clock.now() + 60_000).toISOString();
      return JSON.stringify({ status: { token: `token-${asked}`, expirationTimestamp } });
    },
    async (token) => void forgotten.push(token),
    clock,
  );
  const current = async () => (await source.current()).reveal();
  const fail = (error?: Error) => {
    failure = error;
  };
  return { clock, source, current, forgotten, asked: () => asked, fail };
}

describe('createCredentialSource', () => {
  it('asks once for any number of requests, and again when the credential has ended', async () => {
    const { clock, current, asked } = setUp();
    expect(new Set(await Promise.all(Array.from({ length: 20 }, current)))).toEqual(new Set(['token-1']));
    clock.advance(59_999);
    expect(await current()).toBe('token-1');
    clock.advance(1);
    expect(await Promise.all([current(), current()])).toEqual(['token-2', 'token-2']);
    expect(asked()).toBe(2);
  });

  it('has another one after one that was refused, and says which', async () => {
    const { source, current, forgotten } = setUp();
    const refused = await source.current();
    await source.refused(refused);
    expect(forgotten).toEqual(['token-1']);
    expect(await current()).toBe('token-2');
    // Late word of the old one does not cost the new one.
    await source.refused(refused);
    expect(await current()).toBe('token-2');
  });

  it('fails while there is none, and tries again with the next request', async () => {
    const { current, fail } = setUp();
    fail(new Error('the session has ended'));
    await expect(current()).rejects.toThrow('the session has ended');
    fail(undefined);
    expect(await current()).toBe('token-2');
  });
});
