import { describe, expect, it } from 'vitest';
import {
  createCredentialIssuer,
  createCredentialVerifier,
  createSigningKeyRing,
  generateSigningKey,
} from '../credentials/index.ts';
import { findWebhookProblem } from '../webhooks/index.ts';
import { type CredentialVerifierUnderTest, credentialVerifierConformance } from './credential-verifier-conformance.ts';
import { createFakeClock } from './fake-clock.ts';
import { type WebhookReceiverSetup, webhookReceiverConformance } from './webhook-receiver-conformance.ts';

/** Names of the cases that do not hold. */
async function failing<Setup>(
  cases: readonly { readonly name: string; run(setup: Setup): Promise<void> }[],
  setup: Setup,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, run } of cases) await run(setup).catch(() => names.push(name));
  return names;
}

describe('credentialVerifierConformance', () => {
  /** Ours, over keys in memory. */
  function ours(): CredentialVerifierUnderTest {
    const clock = createFakeClock();
    const key = generateSigningKey();
    const keys = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId, clock });
    const issuer = createCredentialIssuer({ issuer: 'https://portal.test', keys, clock });
    return {
      verifier: createCredentialVerifier({ issuer: 'https://portal.test', keys, clock }),
      mint: async (claims, lifetimeMs) => (await issuer.mint(claims, lifetimeMs)).token.reveal(),
      advance: (ms) => clock.advance(ms),
    };
  }
  const changed = (change: (right: CredentialVerifierUnderTest) => CredentialVerifierUnderTest['verifier']) => () => {
    const right = ours();
    return { ...right, verifier: change(right) };
  };

  for (const { name, run } of credentialVerifierConformance) it(name, () => run(ours));

  const wrong = {
    'knows everybody for ever': changed(({ verifier }) => {
      const known = new Map<string, Awaited<ReturnType<typeof verifier.verify>>>();
      return {
        peek: (token) => known.get(token),
        async verify(token) {
          const verified = known.get(token) ?? (await verifier.verify(token));
          known.set(token, verified);
          return verified;
        },
      };
    }),
    'refuses without a code': changed(({ verifier }) => ({
      peek: (token) => verifier.peek(token),
      verify: (token) => verifier.verify(token).catch(() => Promise.reject(new Error('no'))),
    })),
    'says another cluster': changed(({ verifier }) => ({
      peek: (token) => verifier.peek(token),
      verify: async (token) => ({
        ...(await verifier.verify(token)),
        clusterId: 'clu_00000000000000000000000001' as never,
      }),
    })),
    'reads without verifying': changed(({ verifier }) => ({
      peek: (token) => verifier.peek(token),
      async verify(token) {
        const { jti, sub, sid, org, aud, iat, exp } = JSON.parse(
          Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
        );
        const said = { credentialId: jti, principalId: sub, loginSessionId: sid, organizationId: org };
        const clusterId = aud.split(':').at(-1);
        return { ...said, clusterId, issuedAt: new Date(iat * 1_000), expiresAt: new Date(exp * 1_000) };
      },
    })),
  };
  for (const [what, setup] of Object.entries(wrong)) {
    it(`catches one that ${what}`, async () => {
      expect(await failing(credentialVerifierConformance, setup)).not.toEqual([]);
    });
  }
});

describe('webhookReceiverConformance', () => {
  const right: WebhookReceiverSetup = (secret, now) => {
    const seen = new Set<string>();
    return (headers, body) => {
      if (findWebhookProblem(secret, headers, body, now()) !== undefined) return 'refused';
      const id = headers['webhook-id'] ?? '';
      if (seen.has(id)) return 'known';
      seen.add(id);
      return 'handled';
    };
  };
  for (const { name, run } of webhookReceiverConformance) it(name, () => run(right));

  const wrong: Readonly<Record<string, WebhookReceiverSetup>> = {
    'believes whoever asks': () => () => 'handled',
    'handles every delivery': (secret, now) => (headers, body) =>
      findWebhookProblem(secret, headers, body, now()) === undefined ? 'handled' : 'refused',
    'looks at no clock': (secret) => {
      const receive = new Set<string>();
      return (headers, body) => {
        const at = new Date(Number(headers['webhook-timestamp'] ?? 0) * 1_000);
        if (findWebhookProblem(secret, headers, body, at) !== undefined) return 'refused';
        const id = headers['webhook-id'] ?? '';
        return receive.size === receive.add(id).size ? 'known' : 'handled';
      };
    },
    'signs what it parsed': async (secret, now) => {
      const receive = await right(secret, now);
      return (headers, body) => receive(headers, JSON.stringify(JSON.parse(body)));
    },
  };
  for (const [what, setup] of Object.entries(wrong)) {
    it(`catches one that ${what}`, async () => {
      expect(await failing(webhookReceiverConformance, setup)).not.toEqual([]);
    });
  }
});
