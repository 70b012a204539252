import { silentLogger } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { attest } from './attest.ts';
import type { OwnRequest, OwnResponse } from './upstream/contract.ts';

const jwks = { keys: [{ kty: 'RSA' }] };
function run(answer: () => Promise<OwnResponse>) {
  const asked: OwnRequest[] = [];
  const upstream = {
    sendAsAgent: (request: OwnRequest) => {
      asked.push(request);
      return answer();
    },
  };
  return attest({ upstream, token: () => 'token', logger: silentLogger }).then((shown) => ({ shown, asked }));
}

describe('attesting', () => {
  it('shows its token and the keys of its cluster, asked for in the type that the API server has', async () => {
    const { shown, asked } = await run(async () => ({ status: 200, body: jwks }));
    expect(shown).toEqual({ serviceAccountToken: 'token', jwks });
    expect(asked).toEqual([
      { method: 'GET', path: '/openid/v1/jwks', accept: 'application/jwk-set+json, application/json' },
    ]);
  });

  it('shows nothing where the keys are not handed out, or there is no token', async () => {
    expect((await run(async () => ({ status: 403, body: {} }))).shown).toBeUndefined();
    expect((await run(() => Promise.reject(new Error('gone')))).shown).toBeUndefined();
    const untold = await attest({
      upstream: { sendAsAgent: () => Promise.reject(new Error('not asked')) },
      token: () => undefined,
      logger: silentLogger,
    });
    expect(untold).toBeUndefined();
  });
});
