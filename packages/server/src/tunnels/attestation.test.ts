import { type Clock, type ClusterId, createId, systemClock, tunnelTokenAudience } from '@sallyport/core';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AgentAttestation, AgentRecord, IssuerKeys } from '../stores/cluster-contracts.ts';
import { assertAttested, readAttestation, readIssuerKeys } from './attestation.ts';
import { refreshAttestations } from './refresh-attestations.ts';

const clusterId = createId('cluster');
const clock: Clock = systemClock;
const ISSUER = 'https://kubernetes.default.svc';
const SUBJECT = 'system:serviceaccount:sallyport:sallyport-agent';

/** The service account issuer of one cluster. */
async function anIssuer(kid = 'k1', algorithm = 'RS256') {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwks: IssuerKeys = { keys: [{ ...(await exportJWK(publicKey)), kid, use: 'sig', alg: algorithm }] };
  return {
    jwks,
    token: ({
      issuer = ISSUER,
      subject = SUBJECT,
      audience = tunnelTokenAudience(clusterId),
      expiresAt = Date.now() / 1_000 + 3_600,
    } = {}) =>
      new SignJWT({})
        .setProtectedHeader({ alg: algorithm, kid })
        .setIssuer(issuer)
        .setSubject(subject)
        .setAudience(audience)
        .setExpirationTime(Math.floor(expiresAt))
        .sign(privateKey),
  };
}

let cluster: Awaited<ReturnType<typeof anIssuer>>;
let other: Awaited<ReturnType<typeof anIssuer>>;
let attestation: AgentAttestation;
beforeAll(async () => {
  cluster = await anIssuer();
  // Kubernetes names keys by their content; another cluster that happens to use the same name is the harder case.
  other = await anIssuer();
  attestation = await readAttestation(
    { serviceAccountToken: await cluster.token(), jwks: cluster.jwks },
    clusterId,
    clock,
  );
});

describe('what an agent shows of its cluster', () => {
  it('is recorded as issuer, service account and public keys when it enrols', () => {
    expect(attestation).toEqual({ issuer: ISSUER, subject: SUBJECT, jwks: cluster.jwks });
  });

  it('holds again at each dial, with a token that was made since', async () => {
    await expect(assertAttested(await cluster.token(), attestation, clusterId, clock)).resolves.toBeUndefined();
  });

  const token = (overrides: Parameters<typeof cluster.token>[0]) => () => cluster.token(overrides);
  const cases: readonly { name: string; given: () => Promise<string>; why: RegExp }[] = [
    { name: 'nothing at all', given: async () => '', why: /shows no service account token/ },
    { name: 'a token of another cluster', given: () => other.token(), why: /signature of its token is wrong/ },
    {
      name: 'a token of a cluster with other keys',
      given: async () => (await anIssuer('k2')).token(),
      why: /a key that its cluster did not hand out/,
    },
    { name: 'a token of another account', given: token({ subject: `${SUBJECT}-2` }), why: /enrolled as/ },
    { name: 'a token of another issuer', given: token({ issuer: 'https://elsewhere' }), why: /of the issuer/ },
    { name: 'a token for kube-apiserver', given: token({ audience: ISSUER }), why: /aud/ },
    {
      name: 'a token for another registration',
      given: token({ audience: tunnelTokenAudience(createId('cluster')) }),
      why: /aud/,
    },
    { name: 'a token that has ended', given: token({ expiresAt: Date.now() / 1_000 - 60 }), why: /has expired/ },
    { name: 'something else', given: async () => 'a.b.c', why: /can not be read/ },
    { name: 'too much', given: async () => 'a'.repeat(9_000), why: /9000 characters, limit is 8192/ },
  ];
  for (const { name, given, why } of cases) {
    it(`SEC-D02 is refused when it is ${name}`, async () => {
      await expect(assertAttested(await given(), attestation, clusterId, clock)).rejects.toMatchObject({
        code: 'ERR_GATEWAY_ATTESTATION_REFUSED',
        message: expect.stringMatching(why),
      });
    });
  }

  it('SEC-D02 never takes a key that signs and verifies alike', async () => {
    const secret = new TextEncoder().encode('0'.repeat(32));
    const forged = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .setIssuer(ISSUER)
      .setSubject(SUBJECT)
      .setAudience(tunnelTokenAudience(clusterId))
      .setExpirationTime('1h')
      .sign(secret);
    const jwks = { keys: [{ kty: 'oct', kid: 'k1', k: Buffer.from(secret).toString('base64url') }] };
    await expect(readAttestation({ serviceAccountToken: forged, jwks }, clusterId, clock)).rejects.toMatchObject({
      code: 'ERR_GATEWAY_ATTESTATION_REFUSED',
    });
  });

  it('keeps public fields of keys alone, and no set that is too large', () => {
    expect(readIssuerKeys({ keys: [{ kty: 'RSA', n: 'n', e: 'AQAB', d: 'private', x5c: ['x'] }] })).toEqual({
      keys: [{ kty: 'RSA', n: 'n', e: 'AQAB' }],
    });
    for (const value of [undefined, null, 'x', {}, { keys: [] }, { keys: Array(33).fill({ kty: 'RSA' }) }]) {
      expect(readIssuerKeys(value)).toBeUndefined();
    }
    expect(readIssuerKeys({ keys: [{ kty: 'RSA', n: 'n'.repeat(40_000) }] })).toBeUndefined();
  });
});

describe('a rotation of signing keys', () => {
  const agentId = createId('agent');
  async function refresh(tunnels: readonly { readonly isAttested: boolean }[], answer: unknown) {
    const put: AgentRecord[] = [];
    let asked = 0;
    await refreshAttestations({
      clusterId,
      registry: { of: (_: ClusterId) => tunnels as never },
      store: {
        clusters: { agents: async () => [{ id: agentId, clusterId, enrolledAt: new Date(0), attestation }] } as never,
        transact: (work) => work({ putAgent: async (agent: AgentRecord) => void put.push(agent) } as never),
      },
      read: async () => {
        asked += 1;
        return answer;
      },
    });
    return { put, asked };
  }

  it('is followed through a tunnel that has shown where it ends', async () => {
    const next = await anIssuer('k2');
    const both = { keys: [...cluster.jwks.keys, ...next.jwks.keys] };
    const { put } = await refresh([{ isAttested: true }], both);
    expect(put).toEqual([
      { id: agentId, clusterId, enrolledAt: new Date(0), attestation: { ...attestation, jwks: both } },
    ]);
    const renewed = put[0]?.attestation ?? attestation;
    for (const issuer of [cluster, next]) {
      await expect(assertAttested(await issuer.token(), renewed, clusterId, clock)).resolves.toBeUndefined();
    }
  });

  it('SEC-D02 is not taken from a tunnel that has not, nor from an answer that is none', async () => {
    const { jwks } = await anIssuer('k2');
    expect(await refresh([{ isAttested: true }, { isAttested: false }], jwks)).toEqual({ put: [], asked: 0 });
    expect(await refresh([], jwks)).toEqual({ put: [], asked: 0 });
    expect((await refresh([{ isAttested: true }], undefined)).put).toEqual([]);
    expect((await refresh([{ isAttested: true }], cluster.jwks)).put).toEqual([]);
  });
});
