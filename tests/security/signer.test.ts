import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createId, Secret, silentLogger, systemClock } from '@sallyport/core';
import { createCapabilityTrust, createCapabilityVerifier } from '@sallyport/core/credentials';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadTrustRootsBesideSigner } from '../../packages/server/src/pki/index.ts';
import {
  createSignerClient,
  DEFAULT_SIGNER_RULES,
  openSignerKeyManagement,
  type RunningSigner,
  type SignerConfig,
  startSigner,
} from '../../packages/server/src/signer/index.ts';
import { awaitCondition, temporaryFolder } from '../support/index.ts';
import { PREFIX, PROTOCOLS, type SecureStack, startSecureStack } from './harness.ts';

const folder = temporaryFolder('signer');
const path = join(folder, 'signer.sock');
const config: SignerConfig = {
  address: { kind: 'unix', path },
  stateDir: join(folder, 'signer'),
  encryptionKey: new Secret(randomBytes(32)),
  rules: DEFAULT_SIGNER_RULES,
  rate: { perSecond: 1_000, burst: 1_000 },
  logSync: 'interval',
};
let signer: RunningSigner;
let stack: SecureStack;
beforeAll(async () => {
  signer = await startSigner({ config });
  mkdirSync(join(folder, 'stack'));
  stack = await startSecureStack({ folder: join(folder, 'stack'), config: { signer: { kind: 'unix', path } } });
}, 60_000);
afterAll(async () => {
  await stack?.close();
  await signer?.close();
}, 30_000);
beforeEach(() => stack.upstream.reset());

const logLines = () =>
  readdirSync(join(config.stateDir, 'log')).flatMap((name) =>
    readFileSync(join(config.stateDir, 'log', name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );

describe('a server beside a signer', () => {
  it('SEC-D06 holds no key that lets anybody into a cluster, in its database or elsewhere', async () => {
    for (const protocol of PROTOCOLS)
      expect((await stack.call(protocol, { token: await stack.token('viewer') })).status).toBe(200);
    expect((await stack.store.keys.list('capability')).keys).toEqual([]);
    const pinned = stack.install.install.capabilityJwks.keys.map(({ kid }) => kid);
    const [{ keyId = '' } = {}] = await openSignerKeyManagement(config).list();
    expect(pinned).toEqual([keyId]);
    // A copy of everything that the server has: each of its signing keys signs a capability, none of which the agent takes.
    const roots = await loadTrustRootsBesideSigner(stack.store, systemClock);
    const trust = createCapabilityTrust(stack.install.install.capabilityJwks as never);
    for (const ring of [roots.kubeCredentialKeys, roots.oauthKeys])
      expect(trust.find(ring.activeKeyId)).toBeUndefined();
    expect(await trust.learn(roots.agentTrust().capabilityKeys)).toBe('unchanged');
  });

  it('asks once for like requests, and the signer writes each capability down with the person behind it', async () => {
    const token = await stack.token('developer');
    const signed = () => logLines().filter(({ event }) => event === 'signed').length;
    expect((await stack.call('h2', { token })).status).toBe(200);
    const before = signed();
    for (let i = 0; i < 5; i++) expect((await stack.call('h2', { token })).status).toBe(200);
    expect(signed()).toBe(before);
    expect(
      logLines()
        .filter(({ event }) => event === 'signed')
        .at(-1),
    ).toMatchObject({
      clusterId: stack.clusterId,
      principalId: expect.any(String),
      loginSessionId: expect.any(String),
      impersonation: { user: 'developer@demo.test', groups: ['sallyport:edit'] },
      actionClass: 'read',
    });
  });

  it('SEC-D06 gets nothing signed above the ceiling of the signer, whatever its roles say', async () => {
    // The built-in role of administrators names cluster-admin, which this signer was not told of.
    for (const protocol of PROTOCOLS) {
      const answer = await stack.call(protocol, { token: await stack.token('admin') });
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
        403,
        {
          kind: 'Status',
          message: expect.stringMatching(/group "sallyport:cluster-admin".*\[ERR_PROXY_SIGNER_REFUSED\]/),
        },
      ]);
    }
    expect(stack.upstream.requests).toEqual([]);
    expect(logLines().at(-1)).toMatchObject({ event: 'refused', reason: expect.stringContaining('cluster-admin') });
  });

  it('answers 503 while the signer is away, keeps open streams, and goes on by itself when it is back', async () => {
    const token = await stack.token('viewer');
    let say: (event: string) => void = () => {};
    stack.upstream.answer = (call) => {
      if (!call.request.target.includes('watch')) return call.respond(200, [], '{}');
      const { write } = call.open(200, ['Content-Type', 'application/json']);
      say = write;
      write('{"type":"ADDED"}\n');
    };
    const watch = await stack.connect();
    watch.write(`GET ${PREFIX}/api/v1/pods?watch=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    await awaitCondition(() => watch.received().includes('ADDED'), { what: 'the watch began', everyMs: 5 });
    await signer.close();

    // Nothing like it was signed before: exec is a class of its own.
    const other = { method: 'DELETE', path: '/api/v1/namespaces/a/pods/b', token: await stack.token('developer') };
    for (const protocol of PROTOCOLS) {
      const answer = await stack.call(protocol, other);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
        503,
        { kind: 'Status', reason: 'ServiceUnavailable', message: expect.stringContaining('[ERR_PROXY_SIGNER_AWAY]') },
      ]);
      const names = answer.rawHeaders.map((name) => name.toLowerCase());
      expect(answer.rawHeaders[names.indexOf('retry-after') + 1]).toBe('1');
    }
    expect(stack.upstream.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
    say('{"type":"MODIFIED"}\n');
    await awaitCondition(() => watch.received().includes('MODIFIED'), { what: 'the watch goes on', everyMs: 5 });

    signer = await startSigner({ config });
    expect((await stack.call('h2', other)).status).toBe(200);
    watch.socket.destroy();
  }, 60_000);

  it('follows a rotation of the signer, and so do connected agents', async () => {
    const token = await stack.token('viewer');
    expect((await stack.call('h2', { token })).status).toBe(200);
    const management = openSignerKeyManagement(config);
    const [next] = await management.rotate('emergency');
    await management.close();
    const signedBy = () =>
      logLines()
        .filter(({ event }) => event === 'signed')
        .at(-1)?.['keyId'];
    await awaitCondition(async () => (await stack.call('h2', { token })).status === 200 && signedBy() === next?.keyId, {
      what: 'signer, server and agent use the new key',
      everyMs: 100,
    });
  }, 60_000);
});

describe('whoever took the server over', () => {
  it('SEC-D06 can have signed only what the rules cover, for a minute, and each time it is written down', async () => {
    const stolen = createSignerClient({ target: { kind: 'unix', path }, clock: systemClock, logger: silentLogger });
    await stolen.asked;
    const claims = {
      clusterId: stack.clusterId,
      principalId: createId('principal'),
      impersonation: { user: 'mallory', groups: ['sallyport:edit'] },
      actionClass: 'write',
      snapshotVersion: 1,
    } as const;
    const { token } = await stolen.signer.sign(claims, new Date(Date.now() + 1e10));
    const verified = await createCapabilityVerifier({ jwks: stolen.jwks(), clusterId: stack.clusterId }).verify(token);
    expect(verified.expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(60_000);
    expect(logLines().at(-1)).toMatchObject({ event: 'signed', impersonation: { user: 'mallory' } });
    for (const groups of [['system:masters'], ['sallyport:cluster-admin'], ['sallyport:edit', 'owners']]) {
      const signing = stolen.signer.sign({ ...claims, impersonation: { user: 'mallory', groups } });
      await expect(signing).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SIGNER_RE/) });
    }
    stolen.close();
  });
});
