import { describe, expect, it } from 'vitest';
import { createId } from '../ids.ts';
import { createCapabilitySigner, createCapabilityVerifier } from './capability.ts';
import { createCapabilityTrust, signCapabilityKeySet } from './capability-trust.ts';
import { createSigningKeyRing, generateSigningKey, type SigningKeyRecord } from './keys.ts';

const ring = (active: SigningKeyRecord, ...others: SigningKeyRecord[]) =>
  createSigningKeyRing({ keys: [active, ...others], activeKeyId: active.keyId });

const [a, b, c] = [generateSigningKey(), generateSigningKey(), generateSigningKey()] as const;
const pinned = ring(a).jwks();
const aSaysAB = await signCapabilityKeySet(ring(a), { jwks: ring(a, b).jwks(), version: 1 });
const bSaysB = await signCapabilityKeySet(ring(b), { jwks: ring(b).jwks(), version: 2 });
const bSaysBC = await signCapabilityKeySet(ring(b), { jwks: ring(b, c).jwks(), version: 3 });

describe('capability keys that an agent learns', () => {
  it('follow the statements of keys that are trusted by then, and drop what is no longer stated', async () => {
    const trust = createCapabilityTrust(pinned);
    expect(trust.find(b.keyId)).toBeUndefined();
    expect(await trust.learn([aSaysAB, bSaysB])).toBe('updated');
    expect(trust.find(b.keyId)).toBeDefined();
    expect(trust.find(a.keyId)).toBeUndefined();
    expect(await trust.learn([bSaysB])).toBe('unchanged');
    expect(await trust.learn([bSaysBC])).toBe('updated');
    expect(trust.find(c.keyId)).toBeDefined();
  });

  it('are not those of a stranger, nor of a stated key that nobody vouched for', async () => {
    const stranger = generateSigningKey();
    const byStranger = await signCapabilityKeySet(ring(stranger), { jwks: ring(stranger).jwks(), version: 9 });
    const trust = createCapabilityTrust(pinned);
    expect(await trust.learn([byStranger])).toBe('refused');
    expect(await trust.learn([bSaysB])).toBe('refused');
    expect(trust.find(stranger.keyId)).toBeUndefined();
    expect(trust.learned).toBeUndefined();
  });

  it('do not come back once they were dropped: an old statement changes nothing', async () => {
    const trust = createCapabilityTrust(pinned);
    await trust.learn([aSaysAB, bSaysB]);
    expect(await trust.learn([aSaysAB, bSaysB])).toBe('unchanged');
    expect(trust.find(a.keyId)).toBeUndefined();
  });

  it('are kept over a restart beside the same pinned keys, and void beside others', async () => {
    const trust = createCapabilityTrust(pinned);
    await trust.learn([aSaysAB, bSaysB]);
    const kept = JSON.parse(JSON.stringify(trust.learned)) as NonNullable<typeof trust.learned>;
    expect(createCapabilityTrust(pinned, kept).find(b.keyId)).toBeDefined();
    const anew = createCapabilityTrust(ring(c).jwks(), kept);
    expect(anew.find(b.keyId)).toBeUndefined();
    expect(anew.find(c.keyId)).toBeDefined();
  });

  it('are taken over from another replica when it knows of newer ones', async () => {
    const [one, other] = [createCapabilityTrust(pinned), createCapabilityTrust(pinned)];
    await one.learn([aSaysAB, bSaysB]);
    const older = one.learned as NonNullable<typeof one.learned>;
    other.adopt(older);
    expect(other.find(b.keyId)).toBeDefined();
    await other.learn([bSaysBC]);
    other.adopt(older);
    other.adopt({ ...older, version: 99, pinned: 'of another install' });
    expect(other.find(c.keyId)).toBeDefined();
  });

  it('are never learned from a capability, an altered statement, or one with broken content', async () => {
    const trust = createCapabilityTrust(pinned);
    const clusterId = createId('cluster');
    const { token } = await createCapabilitySigner({ keys: ring(a) }).sign({
      clusterId,
      principalId: createId('principal'),
      impersonation: { user: 'ada', groups: [] },
      actionClass: 'read',
      snapshotVersion: 1,
    });
    const [head = '', body = '', signature = ''] = aSaysAB.split('.');
    const altered = `${head}.${Buffer.from(JSON.stringify({ ver: 9, keys: ring(c).jwks().keys })).toString('base64url')}.${signature}`;
    const empty = await signCapabilityKeySet(ring(a), { jwks: { keys: [] }, version: 9 });
    const unversioned = await signCapabilityKeySet(ring(a), { jwks: ring(b).jwks(), version: Number.NaN });
    const misnamed = await signCapabilityKeySet(ring(a), {
      jwks: {
        keys: ring(b)
          .jwks()
          .keys.map((key) => ({ ...key, kid: a.keyId })),
      },
      version: 9,
    });
    for (const statement of [token, altered, `${head}.${body}.`, '', 'x.y.z', empty, unversioned, misnamed]) {
      expect(await trust.learn([statement])).toBe('refused');
    }
    expect(trust.learned).toBeUndefined();
  });
});

it('a capability that was verified before is refused once its key is no longer trusted', async () => {
  const trust = createCapabilityTrust(pinned);
  const clusterId = createId('cluster');
  const verifier = createCapabilityVerifier({ keys: trust, clusterId });
  const { token } = await createCapabilitySigner({ keys: ring(a) }).sign({
    clusterId,
    principalId: createId('principal'),
    impersonation: { user: 'ada', groups: [] },
    actionClass: 'read',
    snapshotVersion: 1,
  });
  await verifier.verify(token);
  expect(verifier.peek(token)).toBeDefined();
  await trust.learn([aSaysAB, bSaysB]);
  expect(verifier.peek(token)).toBeUndefined();
  await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'ERR_CAPABILITY_REFUSED' });
});
