import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { join } from 'node:path';
import { createId, silentLogger, systemClock } from '@sallyport/core';
import { type CapabilityClaims, createCapabilityTrust, createCapabilityVerifier } from '@sallyport/core/credentials';
import { createFakeClock } from '@sallyport/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadTrustRootsBesideSigner } from '../pki/trust-roots.ts';
import type { SignerConfig } from './config.ts';
import { loadSignerConfig } from './config.ts';
import { initSigner } from './init-signer.ts';
import { MAX_BODY_BYTES } from './protocol.ts';
import { startSigner } from './run-signer.ts';
import { createSignerClient, type SignerTarget } from './signer-client.ts';
import { openSignerKeyManagement, openSignerKeys } from './signer-keys.ts';
import { aSignerConfig, readSigningLog, someClaims } from './testing.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(overrides: Partial<SignerConfig> = {}) {
  const config = await aSignerConfig(overrides);
  closers.push(() => rm(config.stateDir, { recursive: true }));
  return { config, ...(await run(config)) };
}

async function run(config: SignerConfig, clock = systemClock) {
  const running = await startSigner({ config, clock });
  closers.push(() => running.close());
  if (config.address.kind !== 'unix') throw new Error('this signer is not on a socket');
  return { running, clock, client: await connect({ kind: 'unix', path: config.address.path }) };
}

async function connect(target: SignerTarget, clock = systemClock) {
  const client = createSignerClient({ target, clock, logger: silentLogger });
  closers.push(() => client.close());
  await client.asked;
  return client;
}

/** Sends bytes as they are, as no client of ours would. */
function post(socketPath: string, body: string, path = '/v1/capabilities') {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request({ socketPath, path, method: 'POST' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('a signer', () => {
  it('signs what its rules cover, for a minute, and writes down what and for whom', async () => {
    const { client, config } = await start();
    const claims = someClaims();
    const signed = await client.signer.sign(claims);
    const agent = createCapabilityVerifier({ jwks: client.jwks(), clusterId: claims.clusterId });
    const verified = await agent.verify(signed.token);
    expect(verified).toMatchObject(claims);
    expect(verified.expiresAt.getTime() - verified.issuedAt.getTime()).toBe(60_000);
    expect(client.signer.peek(claims)).toMatchObject({ token: signed.token });
    const [started, entry, ...others] = await readSigningLog(config.stateDir);
    expect(started).toMatchObject({ event: 'started' });
    expect(entry).toEqual({
      event: 'signed',
      at: expect.any(String),
      peer: 'unix',
      ...claims,
      expiresAt: verified.expiresAt.toISOString(),
      keyId: client.jwks().keys[0]?.kid,
      tokenSha256: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(others).toEqual([]);
    const [day] = String(entry?.['at']).split('T');
    expect((await stat(join(config.stateDir, 'log', `signed-${day}.ndjson`))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(config.stateDir, 'log', `signed-${day}.ndjson`), 'utf8')).not.toContain(signed.token);
  });

  const identity = (impersonation: Partial<CapabilityClaims['impersonation']>): Partial<CapabilityClaims> => ({
    impersonation: { ...someClaims().impersonation, ...impersonation },
  });
  const refusals: readonly (readonly [string, Partial<CapabilityClaims>, RegExp])[] = [
    [
      'a group above its ceiling',
      identity({ groups: ['sallyport:view', 'sallyport:cluster-admin'] }),
      /above the ceil/,
    ],
    ['system:masters', identity({ groups: ['system:masters'] }), /must not be acted as/],
    ['a user of the cluster itself', identity({ user: 'system:kube-controller-manager' }), /must not be acted as/],
    ['nobody', identity({ user: '' }), /must not be acted as/],
    ['another extra key', identity({ extra: { scopes: ['all'] } }), /extra key "scopes" is above/],
    ['a cluster that is no id', { clusterId: '*' as CapabilityClaims['clusterId'] }, /for no cluster/],
    ['an unknown class', { actionClass: 'admin' as CapabilityClaims['actionClass'] }, /action class/],
  ];
  for (const [what, change, why] of refusals) {
    it(`SEC-D06 signs nothing for ${what}, and writes the attempt down`, async () => {
      const { client, config } = await start();
      const code = expect.stringMatching(/^ERR_SIGNER_RE(FUSED|QUEST)$/);
      await expect(client.signer.sign(someClaims(change))).rejects.toMatchObject({
        code,
        message: expect.stringMatching(why),
      });
      expect((await readSigningLog(config.stateDir)).at(-1)).toMatchObject({
        event: 'refused',
        reason: expect.stringMatching(why),
      });
    });
  }

  it('signs for the listed clusters only, each with its own groups and classes', async () => {
    const [open, narrow, unknown] = [createId('cluster'), createId('cluster'), createId('cluster')];
    const { client } = await start({
      rules: {
        groups: ['sallyport:view', 'sallyport:edit'],
        actions: ['read', 'write', 'connect'],
        extraKeys: ['sallyport.dev/session'],
        clusters: new Map([
          [open, {}],
          [narrow, { groups: ['sallyport:view'], actions: ['read'] }],
        ]),
      },
    });
    const editor = identity({ groups: ['sallyport:edit'] });
    await client.signer.sign(someClaims({ clusterId: open, actionClass: 'connect', ...editor }));
    await client.signer.sign(someClaims({ clusterId: narrow }));
    for (const [claims, message] of [
      [someClaims({ clusterId: narrow, actionClass: 'write' }), /^write is not signed/],
      [someClaims({ clusterId: narrow, ...editor }), /above the ceiling/],
      [someClaims({ clusterId: unknown }), /^nothing is signed for cluster/],
    ] as const) {
      const refusal = { code: 'ERR_SIGNER_REFUSED', message: expect.stringMatching(message) };
      await expect(client.signer.sign(claims)).rejects.toMatchObject(refusal);
    }
  });

  it('decides life and time of issue by itself, whatever it is told', async () => {
    const { client, config } = await start();
    const path = (config.address as { path: string }).path;
    const { clusterId, principalId } = someClaims();
    const claims = {
      aud: `sallyport:agent:${clusterId}`,
      sub: principalId,
      imp: { user: 'ada', groups: [], admin: true },
      act: 'read',
      ver: 1,
      iat: 0,
      exp: 4_000_000_000,
      nbf: 4_000_000_000,
    };
    const answer = await post(path, JSON.stringify({ claims, now: Date.now(), notAfter: Date.now() + 1e12 }));
    expect(answer.status).toBe(200);
    const { token } = JSON.parse(answer.body) as { token: string };
    const verified = await createCapabilityVerifier({ jwks: client.jwks(), clusterId }).verify(token);
    expect(verified.impersonation).toEqual({ user: 'ada', groups: [] });
    expect(verified.expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(60_000);
    expect((await post(path, JSON.stringify({ claims, now: Date.now(), notAfter: Date.now() - 1 }))).status).toBe(403);
  });

  it('says by how much the clocks differ when they differ too much', async () => {
    const config = await aSignerConfig();
    closers.push(() => rm(config.stateDir, { recursive: true }));
    await run(config);
    const ahead = { ...systemClock, now: () => Date.now() + 95_000 };
    const client = await connect({ kind: 'unix', path: (config.address as { path: string }).path }, ahead);
    await expect(client.signer.sign(someClaims())).rejects.toMatchObject({
      code: 'ERR_SIGNER_CLOCK',
      message: expect.stringMatching(/is 9[45] s from that of the signer, 30 are allowed/),
    });
  });

  it('signs no more than its limit allows, refused requests included', async () => {
    const { client, config } = await start({ rate: { perSecond: 0.001, burst: 3 } });
    await client.signer.sign(someClaims());
    await client.signer.sign(someClaims());
    await expect(client.signer.sign(someClaims(identity({ groups: ['x'] })))).rejects.toMatchObject({
      code: 'ERR_SIGNER_REFUSED',
    });
    await expect(client.signer.sign(someClaims())).rejects.toMatchObject({ code: 'ERR_SIGNER_BUSY' });
    expect((await readSigningLog(config.stateDir)).filter(({ event }) => event === 'signed')).toHaveLength(2);
  });

  it('signs nothing that it can not write down', async () => {
    const { client, config } = await start();
    await client.signer.sign(someClaims());
    const clock = createFakeClock(new Date(Date.now() + 86_400_000));
    const full = await aSignerConfig({ encryptionKey: config.encryptionKey });
    closers.push(() => rm(full.stateDir, { recursive: true }));
    const running = await startSigner({ config: full, clock });
    closers.push(() => running.close().catch(() => {}));
    const other = await connect({ kind: 'unix', path: (full.address as { path: string }).path }, clock);
    // The next day's file can't be made: a folder has its name.
    clock.advance(86_400_000);
    const [day] = new Date(clock.now()).toISOString().split('T');
    await mkdir(join(full.stateDir, 'log', `signed-${day}.ndjson`));
    await expect(other.signer.sign(someClaims())).rejects.toMatchObject({ code: 'ERR_SIGNER_LOG' });
    await rm(join(full.stateDir, 'log', `signed-${day}.ndjson`), { recursive: true });
    await other.signer.sign(someClaims());
  });

  it('answers nothing but its two requests, and reads no more than its limit', async () => {
    const { config } = await start();
    const path = (config.address as { path: string }).path;
    const malformed = [
      '',
      '[]',
      'null',
      '{',
      '{"claims":{}}',
      '{"claims":{},"now":"1"}',
      '{"claims":{},"now":1,"x":1}',
    ];
    for (const body of malformed) {
      const answer = await post(path, body);
      expect([body, answer.status, JSON.parse(answer.body)]).toEqual([
        body,
        400,
        { code: 'ERR_SIGNER_REQUEST', message: expect.any(String) },
      ]);
    }
    expect((await post(path, '{}', '/v1/keys')).status).toBe(400);
    const large = await post(path, ' '.repeat(MAX_BODY_BYTES + 1)).catch((error: NodeJS.ErrnoException) => error);
    expect(large instanceof Error ? large.code : large.status).toEqual(expect.toBeOneOf([400, 'ECONNRESET', 'EPIPE']));
  });
});

describe('the keys of a signer', () => {
  it('are made at the first start, encrypted at rest, and the same after a restart', async () => {
    const { client, config, running } = await start();
    const before = client.jwks();
    await running.close();
    const text = await readFile(join(config.stateDir, 'keys', 'keys.json'), 'utf8');
    expect(text).not.toContain('PRIVATE');
    expect((await stat(join(config.stateDir, 'keys', 'keys.json'))).mode & 0o777).toBe(0o600);
    const again = await run(config);
    expect(again.client.jwks()).toEqual(before);
    const wrong = (await aSignerConfig()).encryptionKey;
    await expect(startSigner({ config: { ...config, encryptionKey: wrong } })).rejects.toMatchObject({
      code: 'ERR_STORE_ENCRYPTION_KEY',
    });
  });

  it('are refused when the file is damaged, and no new ones are made in their place', async () => {
    const config = await aSignerConfig();
    closers.push(() => rm(config.stateDir, { recursive: true }));
    const first = await startSigner({ config });
    await first.close();
    const path = join(config.stateDir, 'keys', 'keys.json');
    await writeFile(path, '{"version":1');
    await expect(startSigner({ config })).rejects.toMatchObject({ code: 'ERR_SIGNER_KEYS' });
    expect(await readFile(path, 'utf8')).toBe('{"version":1');
  });

  it('are none of a server’s: it refuses to start while its database holds some', async () => {
    const { config } = await start();
    const { file, log } = openSignerKeys(config, systemClock);
    await expect(loadTrustRootsBesideSigner(file, systemClock)).rejects.toMatchObject({
      code: 'ERR_PKI_KEYS_NOT_MOVED',
      nextStep: expect.stringContaining('sallyport signer keys adopt'),
    });
    await log.close();
  });

  it('rotate by command while it runs: agents follow its statements, servers what signs', async () => {
    const { client, config } = await start();
    const agent = createCapabilityTrust(client.jwks());
    const before = client.jwks().keys[0]?.kid;
    const changed = new Promise<void>((resolve) => client.onChange(resolve));
    const management = openSignerKeyManagement(config);
    const keys = await management.rotate('emergency');
    expect(keys).toHaveLength(1);
    await management.close();
    await changed;
    expect(client.jwks().keys.map(({ kid }) => kid)).toEqual([keys[0]?.keyId]);
    expect(await agent.learn(client.statements())).toBe('updated');
    expect(before !== undefined && agent.find(before)).toBeUndefined();
    const claims = someClaims();
    const signed = await client.signer.sign(claims);
    await createCapabilityVerifier({ keys: agent, clusterId: claims.clusterId }).verify(signed.token);
    expect((await readSigningLog(config.stateDir)).map(({ event }) => event)).toContain('key.voided');
  });

  it('rotate on schedule with announcement and overlap', async () => {
    const clock = createFakeClock(new Date('2026-03-01T00:00:00Z'));
    const config = await aSignerConfig({ rotation: { lifetimeMs: 7 * 86_400_000 } });
    closers.push(() => rm(config.stateDir, { recursive: true }));
    const running = await startSigner({ config, clock });
    closers.push(() => running.close());
    const management = openSignerKeyManagement(config, clock);
    closers.push(() => management.close());
    const phases = async () => (await management.list()).map(({ phase }) => phase);
    /** Moves on, and lets the signer, whose files answer in real time, take its steps. */
    const until = async (hours: number, want: readonly string[]) => {
      clock.advance(hours * 3_600_000);
      await vi.waitFor(async () => {
        clock.advance(1_000);
        expect(await phases()).toEqual(want);
      });
    };
    expect(await phases()).toEqual(['current']);
    await until(7 * 24 - 36, ['current', 'next']);
    await until(36, ['current', 'retired']);
    await until(1, ['current']);
  });
});

describe('a client of a signer', () => {
  it('says that the signer is away, and needs no restart once it is back', async () => {
    const { client, config, running } = await start();
    const claims = someClaims();
    const first = await client.signer.sign(claims);
    await running.close();
    // What was signed goes on being of use.
    expect(await client.signer.sign(claims)).toMatchObject({ token: first.token });
    await expect(client.signer.sign(someClaims())).rejects.toMatchObject({ code: 'ERR_SIGNER_AWAY' });
    await run(config);
    await client.signer.sign(someClaims());
  });

  it('may be there before its signer', async () => {
    const config = await aSignerConfig();
    closers.push(() => rm(config.stateDir, { recursive: true }));
    const client = await connect({ kind: 'unix', path: (config.address as { path: string }).path });
    expect(() => client.jwks()).toThrow(expect.objectContaining({ code: 'ERR_SIGNER_AWAY' }));
    expect(client.statements()).toEqual([]);
    const changed = new Promise<void>((resolve) => client.onChange(resolve));
    await run(config);
    await changed;
    expect(client.jwks().keys).toHaveLength(1);
  });
});

describe('a signer on the network', () => {
  async function startOnTcp() {
    const config = await aSignerConfig();
    closers.push(() => rm(config.stateDir, { recursive: true }));
    const folder = join(config.stateDir, 'set-up');
    const made = await initSigner({ folder, where: { host: '127.0.0.1', port: 7 }, at: new Date() });
    const loaded = loadSignerConfig({ file: made.configFile, env: {} });
    if (loaded.address.kind !== 'tcp') throw new Error('not on TCP');
    const running = await startSigner({ config: { ...loaded, address: { ...loaded.address, port: 0 } } });
    closers.push(() => running.close());
    const read = (name: string) => readFile(join(made.serverFolder ?? '', name), 'utf8');
    const tls = {
      certPem: await read('server.crt'),
      keyPem: await read('server.key'),
      caPem: await read('signer-ca.crt'),
    };
    return { port: running.port, tls, stateDir: loaded.stateDir, made };
  }

  it('lets in who has the certificate that was made for the server, and names it in its log', async () => {
    const { port, tls, stateDir } = await startOnTcp();
    const client = await connect({ kind: 'tcp', host: '127.0.0.1', port, tls });
    await client.signer.sign(someClaims());
    expect((await readSigningLog(stateDir)).at(-1)).toMatchObject({
      event: 'signed',
      peer: expect.stringMatching(/^Sallyport server [0-9A-F:]{95}$/),
    });
  });

  it('SEC-D27 lets nobody in without it, with that of another signer, or with its own', async () => {
    const { port, tls, stateDir, made } = await startOnTcp();
    const other = await startOnTcp();
    const own = {
      certPem: await readFile(join(made.configFile, '../tls/signer.crt'), 'utf8'),
      keyPem: await readFile(join(made.configFile, '../tls/signer.key'), 'utf8'),
      caPem: tls.caPem,
    };
    for (const wrong of [{ ...other.tls, caPem: tls.caPem }, own, { ...tls, caPem: other.tls.caPem }]) {
      const client = await connect({ kind: 'tcp', host: '127.0.0.1', port, tls: wrong });
      await expect(client.signer.sign(someClaims())).rejects.toMatchObject({ code: 'ERR_SIGNER_AWAY' });
    }
    const bare = await new Promise((resolve) => {
      const sent = tlsRequest({ host: '127.0.0.1', port, path: '/v1/keys', ca: tls.caPem }, resolve);
      sent.on('error', resolve);
      sent.end();
    });
    expect(bare).toBeInstanceOf(Error);
    expect((await readSigningLog(stateDir)).map(({ event }) => event)).toEqual(['started']);
  });

  it('is set up once per folder', async () => {
    const { made } = await startOnTcp();
    const again = initSigner({ folder: join(made.configFile, '..'), where: { socket: '/x' }, at: new Date() });
    await expect(again).rejects.toMatchObject({ code: 'ERR_SIGNER_EXISTS' });
  });
});
