import { detailsOf } from '@sallyport/audit';
import { createId, type RoleId, Secret } from '@sallyport/core';
import { ApiProblemError } from '@sallyport/core/api';
import { createCredentialIssuer, createCredentialVerifier, createKeyAndRequest } from '@sallyport/core/credentials';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, logIn } from '../authn/testing/command-line.ts';
import { type Installation, startInstallation } from '../authn/testing/installation.ts';
import { administerKeys } from '../pki/key-administration.ts';
import { KEY_POLICIES, MIN_ANNOUNCE_MS } from '../pki/key-policies.ts';
import { advanceKeys } from '../pki/rotate-keys.ts';
import { loadTrustRoots, PURPOSES_BESIDE_SIGNER, type TrustRoots } from '../pki/trust-roots.ts';
import { KEY_PURPOSES } from '../stores/key-contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { putBinding } from '../testing/writes.ts';

const people = ['ada', 'olga', 'vera'] as const;
const GROUPS = { ada: ['admins'], olga: ['owners'], vera: ['viewers'] };

describe('keys over REST', () => {
  // Keys live by a clock of their own, which passes weeks while people stay signed in.
  const clock = createFakeClock(new Date());
  let keys: TestStore;
  let [a, b]: TrustRoots[] = [];
  let installation: Installation;
  let operator: CommandLine;
  let isSignerApart = false;
  const lines = {} as Record<(typeof people)[number], CommandLine>;

  beforeAll(async () => {
    const [embedded] = testDatabases(undefined);
    if (embedded === undefined) throw new Error('there is no embedded database');
    keys = await embedded.open({ clock });
    const [first, second] = [await loadTrustRoots(keys.store, clock), await loadTrustRoots(keys.store, clock)];
    [a, b] = [first, second];
    const ours = administerKeys({ store: keys.store, clock });
    const besideSigner = administerKeys({ store: keys.store, clock, purposes: PURPOSES_BESIDE_SIGNER });
    installation = await startInstallation({
      users: people.map((name) => ({
        email: `${name}@example.com`,
        name,
        password: new Secret(`password of ${name}`),
        groups: GROUPS[name],
      })),
      oauthKeys: {
        find: (keyId) => first.oauthKeys.find(keyId),
        signing: first.oauthSigningKeys,
        onChange: (listener) => first.onChange((purposes) => purposes.has('oauth') && listener()),
      },
      api: {
        keys: {
          ...ours,
          rotate: (...asked) => (isSignerApart ? besideSigner : ours).rotate(...asked),
        },
      },
    });
    for (const name of people) lines[name] = await logIn(installation, `${name}@example.com`);
    operator = lines.ada;
    const { principal } = await operator.api.whoAmI();
    const { organization, snapshots, store } = installation;
    const role = snapshots.current().find('Role', 'installation-admin', organization.id);
    await store.transact((tx) =>
      putBinding(tx, {
        id: createId('binding'),
        organizationId: organization.id,
        roleId: role?.id as RoleId,
        subjects: [{ kind: 'principal', id: principal.id }],
        scope: { kind: 'installation' },
      }),
    );
    await snapshots.refresh();
  }, 60_000);
  afterAll(async () => {
    await installation.close();
    await keys.drop();
  });

  const refused = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ApiProblemError);
    return (error as ApiProblemError).problem;
  };

  it('are listed by purpose with their state and times, and nothing of their secrets', async () => {
    const { items } = await operator.api.listKeys();
    expect(items.map(({ purpose, phase }) => [purpose, phase])).toEqual(KEY_PURPOSES.map((each) => [each, 'current']));
    const { lifetimeMs = 0 } = KEY_POLICIES.oauth;
    const oauth = items.find(({ purpose }) => purpose === 'oauth');
    expect(oauth?.rotatesAt?.getTime()).toBe((oauth?.signsFrom.getTime() ?? 0) + lifetimeMs);
    const stored = (await keys.store.keys.list('oauth')).keys[0]?.secret.reveal() ?? '';
    expect(stored).toContain('PRIVATE KEY');
    const secretPart = stored.split('\n')[1] ?? stored;
    expect(JSON.stringify(items)).not.toContain(secretPart);
  });

  it('are for administrators of the installation alone, whatever somebody may do in an organization', async () => {
    const before = await keys.store.keys.versions();
    for (const name of ['olga', 'vera'] as const) {
      const { api } = lines[name];
      const calls = [() => api.listKeys(), () => api.rotateKeys({ purpose: 'oauth', body: { mode: 'emergency' } })];
      for (const call of calls) {
        expect(await refused(call())).toMatchObject({ status: 403, code: 'ERR_API_FORBIDDEN' });
      }
    }
    expect(await keys.store.keys.versions()).toEqual(before);
  });

  it('have six purposes, and modes that are spelt out', async () => {
    expect(await refused(operator.api.rotateKeys({ purpose: 'bread', body: {} }))).toMatchObject({
      status: 404,
      code: 'ERR_API_NOT_FOUND',
      nextStep: expect.stringContaining('frontTls'),
    });
    const body = { mode: 'soon' } as never;
    expect(await refused(operator.api.rotateKeys({ purpose: 'oauth', body }))).toMatchObject({ status: 400 });
  });

  it('rotate one and all while requests go on, none of which is refused; the audit log says who asked', async () => {
    const before = new Map((await operator.api.listKeys()).items.map(({ purpose, keyId }) => [purpose, keyId]));
    const issuer = 'https://sallyport.test';
    const minted: string[] = [];
    let isOver = false;
    let requests = 0;
    const load = async () => {
      while (!isOver) {
        // Tokens of people are signed by the one server's keys and were minted before, during and after the rotation.
        await Promise.all(people.map((name) => lines[name].api.whoAmI()));
        requests += people.length;
      }
    };
    const crossCheck = async () => {
      for (const [signer, verifier] of [
        [a, b],
        [b, a],
      ]) {
        if (signer === undefined || verifier === undefined) throw new Error('two servers were started');
        const credentials = createCredentialIssuer({ issuer, keys: signer.kubeCredentialKeys, clock });
        const claims = {
          credentialId: createId('credential'),
          principalId: createId('principal'),
          loginSessionId: createId('loginSession'),
          organizationId: installation.organization.id,
          clusterId: createId('cluster'),
        };
        minted.push((await credentials.mint(claims, 600_000)).token.reveal());
        const check = createCredentialVerifier({ issuer, keys: verifier.kubeCredentialKeys, clock });
        for (const token of minted) await check.verify(token);
      }
    };

    const loading = load();
    try {
      for (const purpose of KEY_PURPOSES) {
        const { items } = await operator.api.rotateKeys({ purpose, body: { mode: 'now' } });
        expect(items.map((key) => [key.purpose, key.phase])).toEqual([
          [purpose, 'current'],
          [purpose, 'next'],
        ]);
      }
      for (let passed = 0; passed < MIN_ANNOUNCE_MS + 10_000; passed += 5_000) {
        await clock.advanceAsync(5_000);
        for (const purpose of KEY_PURPOSES) await advanceKeys({ store: keys.store, clock }, purpose);
        await a?.refresh();
        await crossCheck();
        await b?.refresh();
        await crossCheck();
        await lines.vera.refresh();
      }
      lines.olga = await logIn(installation, 'olga@example.com');
    } finally {
      isOver = true;
    }
    await loading;
    expect(requests).toBeGreaterThan(20);

    const { items } = await operator.api.listKeys();
    for (const purpose of KEY_PURPOSES) {
      const [current, retired] = items.filter((key) => key.purpose === purpose);
      expect(current).toMatchObject({ phase: 'current' });
      expect(current?.keyId).not.toBe(before.get(purpose));
      expect(retired).toMatchObject({ phase: 'retired', keyId: before.get(purpose) });
    }
    const announced = (await keys.store.listAudit({ limit: 100 })).filter(({ code }) => code === 'key.announced');
    expect(announced).toHaveLength(KEY_PURPOSES.length);
    for (const event of announced) {
      expect(event).toMatchObject({ principal: { userName: 'ada@example.com' }, sourceAddress: '127.0.0.1' });
    }
  }, 60_000);

  it('are rotated where they are: those of a signer apart not here', async () => {
    isSignerApart = true;
    try {
      expect(await refused(operator.api.rotateKeys({ purpose: 'capability', body: {} }))).toMatchObject({
        status: 409,
        code: 'ERR_API_CONFLICT',
        nextStep: expect.stringContaining('sallyport signer keys rotate'),
      });
    } finally {
      isSignerApart = false;
    }
  });

  it('are replaced at once in an emergency', async () => {
    const { items } = await operator.api.rotateKeys({ purpose: 'cookie', body: { mode: 'emergency' } });
    expect(items.map(({ phase }) => phase)).toEqual(['current']);
    const [event] = await keys.store.listAudit({ limit: 1 });
    expect(event).toMatchObject({
      code: 'key.voided',
      severity: 'critical',
      principal: { userName: 'ada@example.com' },
      organizationId: installation.organization.id,
    });
  });

  it('of organizations are listed and rotated with the name of theirs', async () => {
    const { organization, otherOrganization } = installation;
    // The store of the keys is another one than that of the people.
    for (const { id, name } of [organization, otherOrganization]) {
      await keys.store.transact((tx) => tx.put('Organization', { id, name, spec: {} }));
    }
    const { csrPem } = createKeyAndRequest('anybody');
    for (const { id: organizationId } of [organization, otherOrganization]) {
      const claims = {
        organizationId,
        clusterId: createId('cluster'),
        principalId: createId('principal'),
        loginSessionId: createId('loginSession'),
        credentialId: createId('credential'),
      };
      await a?.userCas.issue(csrPem, claims, 60_000);
    }
    const ours = async () => (await operator.api.listKeys()).items.filter(({ purpose }) => purpose === 'userCa');
    const names = async () => (await ours()).map(({ organization: name, phase }) => `${name} ${phase}`).sort();
    expect(await names()).toEqual(['acme current', 'other current']);
    const rotate = (body: object, purpose = 'userCa') => operator.api.rotateKeys({ purpose, body: body });
    expect((await rotate({ mode: 'now', organization: 'acme' })).items.map(({ phase }) => phase)).toEqual([
      'current',
      'next',
    ]);
    expect(await names()).toEqual(['acme current', 'acme next', 'other current']);
    await rotate({ mode: 'emergency' });
    expect(await names()).toEqual(['acme current', 'other current']);
    for (const [body, purpose] of [
      [{ organization: 'nowhere' }, 'userCa'],
      [{ organization: 'acme' }, 'oauth'],
    ] as const) {
      expect(await refused(rotate(body, purpose))).toMatchObject({ status: 400, code: 'ERR_API_REQUEST_INVALID' });
    }
    const events = (await keys.store.listAudit({ limit: 50 })).filter((event) =>
      String(detailsOf(event)['purpose']).startsWith('userCa/'),
    );
    expect(new Set(events.map(({ code }) => code))).toEqual(new Set(['key.announced', 'key.voided']));
    for (const { id } of [organization, otherOrganization]) {
      await keys.store.transact((tx) => tx.remove('Organization', id));
    }
  });
});
