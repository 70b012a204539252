import { webcrypto as crypto, X509Certificate } from 'node:crypto';
import { createAuditPipeline } from '@sallyport/audit';
import { createMemorySink } from '@sallyport/audit/sinks/memory';
import { createId } from '@sallyport/core';
import {
  createCapabilitySigner,
  createCapabilityTrust,
  createCapabilityVerifier,
  createCredentialIssuer,
  createCredentialVerifier,
} from '@sallyport/core/credentials';
import { jwtVerify, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccessProxy } from '../access-proxy.ts';
import { KEY_PURPOSES } from '../stores/key-contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from '../testing/proxy-fixture.ts';
import { issueServerCertificate } from './authority.ts';
import { KEY_LEASE_MS, KEY_POLICIES, MIN_ANNOUNCE_MS } from './key-policies.ts';
import { advanceKeys, rotateKey } from './rotate-keys.ts';
import { loadTrustRoots } from './trust-roots.ts';
import { Pkcs10CertificateRequestGenerator } from './x509.ts';

const ISSUER = 'https://sallyport.test';
const MINUTE_MS = 60_000;

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('under load, on $name', (database) => {
  let test: TestStore;
  let fixture: ProxyFixture;
  beforeEach(async () => {
    fixture = createProxyFixture();
    test = await database.open({ clock: fixture.clock });
  });
  afterEach(async () => {
    fixture.close();
    await test.drop();
  });

  /** A server with keys of its own memory, on the one database. */
  async function aReplica() {
    const { clock, snapshots, registry } = fixture;
    const roots = await loadTrustRoots(test.store, clock);
    const proxy = createAccessProxy({
      credentials: createCredentialVerifier({ issuer: ISSUER, keys: roots.kubeCredentialKeys, clock }),
      snapshots,
      tunnels: registry,
      capabilities: createCapabilitySigner({ keys: roots.capabilityKeys, clock }),
      audit: createAuditPipeline({ sinks: [{ sink: createMemorySink(), delivery: 'required' }] }),
      clock,
    });
    const credentials = createCredentialIssuer({ issuer: ISSUER, keys: roots.kubeCredentialKeys, clock });
    return {
      roots,
      proxy,
      async mint() {
        const { principal, session, cluster } = fixture;
        const claims = {
          credentialId: createId('credential', clock.now()),
          principalId: principal.id,
          loginSessionId: session.id,
          organizationId: principal.organizationId,
          clusterId: cluster.id,
        };
        const { token, expiresAt } = await credentials.mint(claims, 10 * MINUTE_MS);
        return { token: token.reveal(), expiresAt };
      },
      signOauth() {
        const { keyId, privateKey } = roots.oauthKeys.active();
        return new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: keyId }).sign(privateKey);
      },
    };
  }
  type Replica = Awaited<ReturnType<typeof aReplica>>;

  /** An agent that follows what `server` states of trust, and refuses what it does not trust. */
  async function aFollowingAgent(server: Replica) {
    const { clock, cluster } = fixture;
    const trust = createCapabilityTrust(server.roots.capabilityKeys.jwks());
    const verifier = createCapabilityVerifier({ keys: trust, clusterId: cluster.id, clock });
    const state = { tunnelCaPem: server.roots.frontCa.bundlePem, refused: 0 };
    const follow = async () => {
      const { tunnelCaPem, capabilityKeys } = server.roots.agentTrust();
      state.tunnelCaPem = tunnelCaPem;
      await trust.learn(capabilityKeys);
    };
    fixture.connectAgent((head, exchange) => {
      verifier.verify(head.capability).then(
        () => {
          exchange.respond({ status: 200, headers: [] });
          exchange.end();
        },
        () => {
          state.refused += 1;
          exchange.respond({ status: 403, headers: [] });
          exchange.end();
        },
      );
      return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
    });
    return { state, follow };
  }

  async function statusOf(replica: Replica, token: string): Promise<number> {
    const { sink, response } = collectResponse();
    const ended = new Promise<void>((resolve) => {
      const end = sink.end;
      sink.end = (trailers) => {
        end(trailers);
        resolve();
      };
    });
    await replica.proxy.handle(aRequest({ token }), sink);
    await ended;
    return response.status;
  }

  const isIssuedBy = (certificatePem: string, bundlePem: string) =>
    bundlePem
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .filter((pem) => pem.includes('BEGIN'))
      .some((pem) => {
        const [leaf, root] = [new X509Certificate(certificatePem), new X509Certificate(pem)];
        return leaf.checkIssued(root) && leaf.verify(root.publicKey);
      });

  it('SEC-E01 every key rotates twice on two servers, and no request, token or certificate is refused', async () => {
    const { clock } = fixture;
    const [a, b] = [await aReplica(), await aReplica()];
    const agent = await aFollowingAgent(b);
    const csrPem = await aRequestForCertificate();
    const firstKeys = await keyIds();
    const credentials: { readonly token: string; readonly expiresAt: Date }[] = [];
    const agentCertificates: { readonly pem: string; readonly until: number }[] = [];
    let requests = 0;
    let step = 0;

    async function load(): Promise<void> {
      const [byA, byB] = await Promise.all([a.mint(), b.mint()]);
      credentials.push(byA, byB);
      const live = credentials.filter(({ expiresAt }) => expiresAt.getTime() > clock.now());
      // The oldest that still live, the ones just minted, and some in between; each on the server that did not mint it too.
      const used = [live[0], live[Math.floor(live.length / 2)], byA, byB].filter((one) => one !== undefined);
      const statuses = await Promise.all(used.flatMap(({ token }) => [statusOf(a, token), statusOf(b, token)]));
      requests += statuses.length;
      expect(statuses, `at step ${step}`).toEqual(statuses.map(() => 200));

      for (const [signer, verifier] of [
        [a, b],
        [b, a],
      ] as const) {
        const token = await signer.signOauth();
        await jwtVerify(token, ({ kid }) => {
          const key = verifier.roots.oauthKeys.find(kid ?? '');
          if (key === undefined)
            throw new Error(`at step ${step} a server signs with a key that another does not trust`);
          return key;
        });
        const sealing = signer.roots.cookieKeys()[0].reveal();
        expect(verifier.roots.cookieKeys().map((key) => key.reveal())).toContain(sealing);
      }
      const at = new Date(clock.now());
      const front = await issueServerCertificate(a.roots.frontCa.current(), { hostNames: ['a.test'], at });
      expect(isIssuedBy(front.certificatePem, agent.state.tunnelCaPem)).toBe(true);
      const { certificatePem, notAfter } = await a.roots.agentCa.issueAgentCertificate(csrPem, fixture.cluster.id);
      agentCertificates.push({ pem: certificatePem, until: notAfter.getTime() });
      for (const { pem, until } of agentCertificates) {
        if (until > clock.now()) expect(isIssuedBy(pem, b.roots.agentCa.bundlePem)).toBe(true);
      }
    }

    /** Time passes; the servers look for new keys at different times, one of them as rarely as its lease allows. */
    async function tick(ms: number): Promise<void> {
      await clock.advanceAsync(ms);
      step += 1;
      const isSlowDue = ms >= KEY_LEASE_MS || step % 2 === 0;
      await Promise.all([
        ...KEY_PURPOSES.map((purpose) => advanceKeys({ store: test.store, clock }, purpose)),
        a.roots.refresh(),
        isSlowDue ? b.roots.refresh().then((isChanged) => (isChanged ? agent.follow() : undefined)) : undefined,
        load(),
      ]);
      await load();
    }

    for (let round = 0; round < 2; round++) {
      for (const purpose of KEY_PURPOSES) await rotateKey({ store: test.store, clock }, purpose, 'now');
      for (let passed = 0; passed < MIN_ANNOUNCE_MS + 2 * KEY_LEASE_MS; passed += 5_000) await tick(5_000);
      for (let minute = 0; minute < 20; minute += 2) await tick(2 * MINUTE_MS);
    }
    const lastKeys = await keyIds();
    for (const purpose of KEY_PURPOSES) expect(lastKeys.get(purpose)).not.toBe(firstKeys.get(purpose));
    expect(agent.state.refused).toBe(0);
    expect(requests).toBeGreaterThan(300);
    const rotations = (await test.store.listAudit({ limit: 100 })).filter(({ code }) => code === 'key.rotated');
    expect(rotations).toHaveLength(2 * KEY_PURPOSES.length);
    a.proxy.close();
    b.proxy.close();
  }, 120_000);

  it('an agent that hears of changes only when its certificate is renewed misses none, by schedule', async () => {
    const { clock } = fixture;
    const roots = await loadTrustRoots(test.store, clock);
    const trust = createCapabilityTrust(roots.capabilityKeys.jwks());
    const { lifetimeMs = 0, announceMs } = KEY_POLICIES.capability;
    const seen = new Set<string>();
    for (let rotation = 0; rotation < 3; rotation++) {
      // Only the days around the switch matter: half-lives of the certificate apart.
      clock.advance(lifetimeMs - announceMs - 6 * MINUTE_MS);
      for (let hours = 0; hours < 72; hours += 12) {
        clock.advance(12 * 60 * MINUTE_MS);
        await advanceKeys({ store: test.store, clock }, 'capability');
        await roots.refresh();
        expect(trust.find(roots.capabilityKeys.activeKeyId), `after ${hours} h`).toBeDefined();
        await trust.learn(roots.agentTrust().capabilityKeys);
        seen.add(roots.capabilityKeys.activeKeyId);
      }
    }
    expect(seen.size).toBeGreaterThanOrEqual(3);
  }, 60_000);

  async function keyIds(): Promise<Map<string, string | undefined>> {
    const ids = new Map<string, string | undefined>();
    for (const purpose of KEY_PURPOSES) ids.set(purpose, (await test.store.keys.list(purpose)).keys[0]?.keyId);
    return ids;
  }

  async function aRequestForCertificate(): Promise<string> {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const request = await Pkcs10CertificateRequestGenerator.create(
      { name: 'CN=agent', keys, signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' } },
      crypto,
    );
    return request.toString('pem');
  }
});
