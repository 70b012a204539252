import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, createId, Secret, systemClock } from '@sallyport/core';
import {
  type ApiClient,
  ApiProblemError,
  createApiClient,
  createDpopProof,
  type ExchangedToken,
  generateDpopKeyPair,
  JWT_TOKEN_TYPE,
  TOKEN_EXCHANGE_GRANT,
} from '@sallyport/core/api';
import { createCredentialVerifier } from '@sallyport/core/credentials';
import { decodeJwt, exportJWK, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { authenticate } from '../../proxy/authenticate.ts';
import { putBinding } from '../../testing/writes.ts';
import { type CommandLine, logIn } from '../testing/command-line.ts';
import { addCluster, type Installation, startInstallation, TEST_USERS } from '../testing/installation.ts';
import { DEFAULT_API_KEY_LIFETIME_MS, loginSessionOfApiKey, MAX_API_KEYS_PER_ACCOUNT } from './api-keys.ts';
import { mintMachineSecret } from './machine-secret.ts';
import { MAX_WORKLOAD_ATTEMPTS, WORKLOAD_SESSION_LIFETIME_MS } from './workload-exchange.ts';

const ORGANIZATION = { organization: 'acme' };
const OWNER = { email: 'olga@example.com', password: new Secret('own everything'), name: 'Olga', groups: ['owners'] };

/** The code of the problem that a call is refused with, or `undefined` when it is not. */
async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof ApiProblemError) return error.problem.code;
    throw error;
  }
}

describe('machines', () => {
  // People sign in by a library with a clock of its own; time passes for the server alone, and only within a test.
  let aheadMs = 0;
  let monotonicAheadMs = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    monotonicMs: () => systemClock.monotonicMs() + monotonicAheadMs,
  };
  let installation: Installation;
  let owner: CommandLine;
  let admin: CommandLine;
  let viewer: CommandLine;
  let names = 0;

  beforeAll(async () => {
    installation = await startInstallation({ clock, users: [...TEST_USERS, OWNER] });
    owner = await logIn(installation, 'olga@example.com');
    admin = await logIn(installation, 'ada@example.com');
    viewer = await logIn(installation, 'vera@example.com');
  });
  afterEach(() => {
    aheadMs = 0;
  });
  afterAll(() => installation.close());

  const bearer = (token: string): ApiClient =>
    createApiClient({ baseUrl: installation.publicUrl, fetch: installation.fetch, accessToken: () => token });
  const request = (path: string, headers: Record<string, string>, init: object = {}) =>
    installation.fetch(`${installation.publicUrl}${path}`, { method: 'GET', redirect: 'manual', headers, ...init });
  const bind = (kind: 'ServiceAccount' | 'WorkloadIdentity', name: string, role: string) =>
    owner.api.createBinding({
      ...ORGANIZATION,
      body: {
        apiVersion: 'sallyport.dev/v1',
        kind: 'Binding',
        metadata: { name: `${name}-${role}` },
        spec: { role, subjects: [{ kind, name }], scope: { kind: 'organization' } },
      },
    });
  async function addAccount(role?: string): Promise<string> {
    const name = `account-${++names}`;
    await owner.api.createServiceAccount({
      ...ORGANIZATION,
      body: { apiVersion: 'sallyport.dev/v1', kind: 'ServiceAccount', metadata: { name }, spec: {} },
    });
    if (role !== undefined) await bind('ServiceAccount', name, role);
    return name;
  }
  const createKey = (account: string, body: Partial<Parameters<ApiClient['createApiKey']>[0]['body']> = {}) =>
    owner.api.createApiKey({ ...ORGANIZATION, name: account, body: { name: `key-${++names}`, ...body } });
  const allAudited = async () => JSON.stringify(await installation.store.listAudit({ limit: 1_000 }));
  const principalCount = () => installation.snapshots.current().principals.size;

  describe('API keys', () => {
    it('sign a service account in on the REST API, and are shown once', async () => {
      const account = await addAccount('viewer');
      const { apiKey, secret } = await createKey(account, { name: 'deploy' });
      expect(secret).toMatch(/^sak_/);
      expect(apiKey).toMatchObject({ name: 'deploy', serviceAccount: account, createdBy: 'olga@example.com' });
      expect(apiKey.expiresAt.getTime() - apiKey.createdAt.getTime()).toBe(DEFAULT_API_KEY_LIFETIME_MS);
      const transact = vi.spyOn(installation.store, 'transact');
      const me = await bearer(secret).whoAmI();
      expect(transact).not.toHaveBeenCalled();
      transact.mockRestore();
      expect(me.principal).toMatchObject({ kind: 'serviceAccount', userName: `serviceaccount:${account}` });
      expect(me.loginSession.id).toBe(loginSessionOfApiKey(apiKey.id));
      expect(me.permissions).toContain('clusters.read');

      const listed = await owner.api.listApiKeys({ ...ORGANIZATION, name: account });
      expect(listed.items.map(({ id }) => id)).toEqual([apiKey.id]);
      expect(JSON.stringify(listed)).not.toContain(secret.slice(31));
      expect(await allAudited()).not.toContain(secret.slice(31));
      expect(await allAudited()).toContain('"api_key.created"');
    });

    it('SEC-E19 are refused at once when they are revoked, with all that was minted with them', async () => {
      const cluster = await addCluster(installation, `cluster-${++names}`);
      const account = await addAccount('viewer');
      const { apiKey, secret } = await createKey(account);
      const api = bearer(secret);
      const { token } = await api.mintKubeCredential({ ...ORGANIZATION, name: cluster.name });
      const verifier = createCredentialVerifier({ issuer: installation.publicUrl, keys: installation.kubeKeys, clock });
      const onKubePath = () =>
        authenticate(token, verifier, () => installation.snapshots.current(), new Date(clock.now()));
      expect(await onKubePath()).toMatchObject({ cluster: { id: cluster.id } });

      await owner.api.revokeApiKey({ ...ORGANIZATION, name: account, id: apiKey.id });
      expect(await refusal(api.whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
      expect(await onKubePath()).toMatchObject({ code: 'ERR_PROXY_SESSION_ENDED' });
      expect(await refusal(owner.api.revokeApiKey({ ...ORGANIZATION, name: account, id: apiKey.id }))).toBe(
        'ERR_API_NOT_FOUND',
      );
      await createKey(account);
      expect(await refusal(api.whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
    });

    it('SEC-E19 end with their account, and do not come back when it is enabled again', async () => {
      const account = await addAccount();
      const { secret } = await createKey(account);
      const change = (spec: object) =>
        owner.api.updateServiceAccount({
          ...ORGANIZATION,
          name: account,
          body: { apiVersion: 'sallyport.dev/v1', kind: 'ServiceAccount', metadata: { name: account }, spec },
        });
      await bearer(secret).whoAmI();
      await change({ disabled: true });
      expect(await refusal(bearer(secret).whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
      await change({});
      expect(await refusal(bearer(secret).whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
    });

    it('end by themselves, and only then: the life of people’s sessions is none of theirs', async () => {
      const account = await addAccount();
      const { secret } = await createKey(account, { lifetime: '20d' });
      aheadMs = 19 * 86_400_000;
      expect(await refusal(owner.api.whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
      await bearer(secret).whoAmI();
      aheadMs = 20 * 86_400_000;
      expect(await refusal(bearer(secret).whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
    });

    it('may be limited to permissions', async () => {
      const account = await addAccount('owner');
      const { secret } = await createKey(account, {
        permissions: ['users.read', 'apiKeys.create', 'serviceAccounts.read'],
      });
      const api = bearer(secret);
      expect((await api.whoAmI()).permissions).toEqual(['apiKeys.create', 'serviceAccounts.read', 'users.read']);
      await api.listUsers(ORGANIZATION);
      expect(await refusal(api.listAuditEvents(ORGANIZATION))).toBe('ERR_API_FORBIDDEN');
      const escalation = api.createApiKey({ ...ORGANIZATION, name: account, body: { name: 'all' } });
      expect(await refusal(escalation)).toBe('ERR_API_EXCEEDS_AUTHORITY');
    });

    it('may be limited to addresses', async () => {
      const account = await addAccount();
      const near = await createKey(account, { ipRanges: ['127.0.0.0/8'] });
      const far = await createKey(account, { ipRanges: ['192.0.2.0/24'] });
      await bearer(near.secret).whoAmI();
      expect(await refusal(bearer(far.secret).whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
    });

    it('SEC-E06 are not handed out by whoever holds less than they give', async () => {
      const account = await addAccount('owner');
      const create = (api: ApiClient) =>
        api.createApiKey({ ...ORGANIZATION, name: account, body: { name: `k${++names}` } });
      expect(await refusal(create(viewer.api))).toBe('ERR_API_FORBIDDEN');
      expect(await refusal(create(admin.api))).toBe('ERR_API_EXCEEDS_AUTHORITY');
      expect(await refusal(create(owner.api))).toBeUndefined();
    });

    it('SEC-E12 SEC-E10 are made, listed and revoked in the own organization only', async () => {
      const account = await addAccount();
      const { apiKey } = await createKey(account);
      const other = { organization: 'other', name: account };
      expect(await refusal(owner.api.createApiKey({ ...other, body: { name: 'x' } }))).toBe('ERR_API_NOT_FOUND');
      expect(await refusal(owner.api.listApiKeys(other))).toBe('ERR_API_NOT_FOUND');
      expect(await refusal(owner.api.revokeApiKey({ ...other, id: apiKey.id }))).toBe('ERR_API_NOT_FOUND');
      const second = await addAccount();
      expect(await refusal(owner.api.revokeApiKey({ ...ORGANIZATION, name: second, id: apiKey.id }))).toBe(
        'ERR_API_NOT_FOUND',
      );
      expect(await refusal(viewer.api.listApiKeys({ ...ORGANIZATION, name: account }))).toBe('ERR_API_FORBIDDEN');
      expect(await refusal(viewer.api.revokeApiKey({ ...ORGANIZATION, name: account, id: apiKey.id }))).toBe(
        'ERR_API_FORBIDDEN',
      );
      expect((await owner.api.listApiKeys({ ...ORGANIZATION, name: account })).items).toHaveLength(1);
    });

    it('are refused for a name that is taken, and beyond the number that an account may have', async () => {
      const account = await addAccount();
      await createKey(account, { name: 'twice' });
      expect(await refusal(createKey(account, { name: 'twice' }))).toBe('ERR_API_CONFLICT');
      for (let i = 1; i < MAX_API_KEYS_PER_ACCOUNT; i++) await createKey(account);
      expect(await refusal(createKey(account))).toBe('ERR_API_LIMIT');
    });

    for (const [name, body] of [
      ['a life of nothing', { lifetime: '0s' }],
      ['a life beyond a year and a day', { lifetime: '367d' }],
      ['a life that can not be read', { lifetime: 'forever' }],
      ['an address that is none', { ipRanges: ['localhost'] }],
      ['a network with bits beyond its prefix', { ipRanges: ['10.0.0.1/8'] }],
      ['a permission that is none', { permissions: ['everything'] as never }],
    ] as const) {
      it(`SEC-E18 are refused with ${name}`, async () => {
        const account = await addAccount();
        expect(await refusal(createKey(account, body as object))).toBe('ERR_API_REQUEST_INVALID');
        expect((await owner.api.listApiKeys({ ...ORGANIZATION, name: account })).items).toEqual([]);
      });
    }

    it('SEC-E20 a guess is refused like a key that never was', async () => {
      const account = await addAccount();
      const { apiKey, secret } = await createKey(account);
      const body = apiKey.id.slice(4);
      const guesses = [
        mintMachineSecret('apiKey', body).secret.reveal(),
        mintMachineSecret('apiKey', createId('apiKey').slice(4)).secret.reveal(),
        mintMachineSecret('apiKey', owner.sessionId.slice(4)).secret.reveal(),
        secret.slice(0, -1),
        `${secret}x`,
        secret.toUpperCase(),
      ];
      for (const guess of guesses) {
        const response = await request('/api/v1/me', { authorization: `Bearer ${guess}` });
        expect(response.status).toBe(401);
        expect(JSON.parse(await response.text())).toMatchObject({ code: 'ERR_API_UNAUTHENTICATED' });
      }
      await bearer(secret).whoAmI();
    });

    it('SEC-E13 open the REST API and nothing else, in the one form that they have', async () => {
      const account = await addAccount('owner');
      const { secret } = await createKey(account);
      const before = principalCount();
      const dpop = await createDpopProof({
        keys: owner.keys,
        method: 'GET',
        url: `${installation.publicUrl}/api/v1/me`,
        accessToken: secret,
        at: new Date(clock.now()),
      });
      const forms: readonly Record<string, string>[] = [
        { authorization: `DPoP ${secret}`, dpop },
        { authorization: `Bearer ${secret}`, dpop },
        { authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` },
        { authorization: secret },
        { authorization: `Bearer ${secret}, Bearer ${secret}` },
        { cookie: `__Host-sallyport-session=${secret}` },
        { 'x-api-key': secret },
      ];
      for (const headers of forms) expect((await request('/api/v1/me', headers)).status).toBe(401);
      expect((await request(`/api/v1/me?access_token=${secret}`, {})).status).toBe(401);

      const authorization = `Bearer ${secret}`;
      expect((await request('/scim/v2/acme/development/Users', { authorization })).status).toBe(401);
      const form = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
      const grants = [
        `grant_type=refresh_token&client_id=sallyport-cli&refresh_token=${secret}`,
        `grant_type=client_credentials&client_id=sallyport-cli&client_secret=${secret}`,
        `grant_type=authorization_code&client_id=sallyport-cli&code=${secret}`,
      ];
      for (const body of grants) {
        const response = await request('/oauth/token', form, { method: 'POST', body });
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status).toBeLessThan(500);
      }
      const verifier = createCredentialVerifier({ issuer: installation.publicUrl, keys: installation.kubeKeys, clock });
      const onKubePath = await authenticate(
        secret,
        verifier,
        () => installation.snapshots.current(),
        new Date(clock.now()),
      );
      expect(onKubePath).toMatchObject({ code: 'ERR_PROXY_CREDENTIAL_REFUSED' });
      expect(principalCount()).toBe(before);
    });

    it('SEC-E13 a person’s token is no bearer token', async () => {
      const response = await request('/api/v1/me', { authorization: `Bearer ${owner.tokens.accessToken}` });
      expect(response.status).toBe(401);
    });
  });

  describe('workload tokens', () => {
    const ISSUER = 'https://ci.example.com';
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    let jwk: Record<string, unknown>;
    beforeAll(async () => {
      jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one' };
    });

    async function addWorkload(spec: object = {}): Promise<string> {
      const name = `workload-${++names}`;
      await owner.api.createWorkloadIdentity({
        ...ORGANIZATION,
        body: {
          apiVersion: 'sallyport.dev/v1',
          kind: 'WorkloadIdentity',
          metadata: { name },
          spec: {
            issuer: ISSUER,
            audiences: ['sallyport'],
            jwks: { keys: [jwk] },
            condition: 'claims.repository == "acme/api"',
            ...spec,
          },
        },
      });
      return name;
    }
    function token(claims: Record<string, unknown> = {}, key: KeyObject = keys.privateKey, kid = 'one') {
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT({
        iss: ISSUER,
        aud: 'sallyport',
        sub: 'repo:acme/api',
        iat: now,
        exp: now + 300,
        jti: `run-${++names}`,
        repository: 'acme/api',
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid })
        .sign(key);
    }
    async function exchange(
      name: string,
      subjectToken: string,
      more: { keys?: typeof owner.keys; organization?: string } = {},
    ) {
      const path = `/api/v1/organizations/${more.organization ?? 'acme'}/workload-identities/${name}/token`;
      const url = `${installation.publicUrl}${path}`;
      const response = await request(
        path,
        {
          'content-type': 'application/json',
          ...(more.keys && {
            dpop: await createDpopProof({ keys: more.keys, method: 'POST', url, at: new Date(clock.now()) }),
          }),
        },
        {
          method: 'POST',
          body: JSON.stringify({
            grant_type: TOKEN_EXCHANGE_GRANT,
            subject_token: subjectToken,
            subject_token_type: JWT_TOKEN_TYPE,
          }),
        },
      );
      return {
        status: response.status,
        body: JSON.parse(await response.text()) as ExchangedToken & { detail: string; code: string },
      };
    }

    it('make a login session of an hour and a token for the REST API', async () => {
      const name = await addWorkload();
      await bind('WorkloadIdentity', name, 'viewer');
      const { status, body } = await exchange(name, await token());
      expect(status).toBe(200);
      expect(body.token_type).toBe('Bearer');
      expect(Math.abs(body.expires_in - WORKLOAD_SESSION_LIFETIME_MS / 1000)).toBeLessThan(30);
      const me = await bearer(body.access_token).whoAmI();
      expect(me.principal).toMatchObject({ kind: 'workload', userName: `workload:${name}` });
      expect(me.permissions).toContain('clusters.read');
      const { createdAt, expiresAt } = me.loginSession;
      expect(expiresAt.getTime() - createdAt.getTime()).toBe(WORKLOAD_SESSION_LIFETIME_MS);
      const audited = (
        await installation.store.listAudit({ organizationId: installation.organization.id, limit: 20 })
      ).find(({ code, loginSessionId }) => code === 'login.succeeded' && loginSessionId === me.loginSession.id);
      expect(audited?.details).toMatchObject({ method: 'workload', subject: 'repo:acme/api' });
      aheadMs = WORKLOAD_SESSION_LIFETIME_MS;
      expect(await refusal(bearer(body.access_token).whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
    });

    it('may be bound to a key, and are then no bearer tokens', async () => {
      const name = await addWorkload();
      const own = await generateDpopKeyPair();
      const { body } = await exchange(name, await token(), { keys: own });
      expect(body.token_type).toBe('DPoP');
      const api = createApiClient({
        baseUrl: installation.publicUrl,
        fetch: installation.fetch,
        accessToken: () => body.access_token,
        keys: own,
      });
      expect((await api.whoAmI()).principal.userName).toBe(`workload:${name}`);
      expect(await refusal(bearer(body.access_token).whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
    });

    it('SEC-E01 make one login session each: a second use yields the same one, for the same key only', async () => {
      const name = await addWorkload();
      const own = await generateDpopKeyPair();
      const [plain, bound] = [await token(), await token()];
      const sidOf = ({ body }: Awaited<ReturnType<typeof exchange>>) => decodeJwt(body.access_token)['sid'];
      const answers = await Promise.all([1, 2, 3, 4].map(() => exchange(name, plain)));
      expect(new Set(answers.map(sidOf)).size).toBe(1);
      const first = await exchange(name, bound, { keys: own });
      expect(sidOf(await exchange(name, bound, { keys: own }))).toBe(sidOf(first));
      for (const keysOfThief of [undefined, await generateDpopKeyPair()]) {
        const stolen = await exchange(name, bound, { ...(keysOfThief && { keys: keysOfThief }) });
        expect(stolen).toMatchObject({ status: 401, body: { detail: expect.stringContaining('was used before') } });
      }
      expect(await exchange(name, plain, { keys: own })).toMatchObject({ status: 401 });
    });

    it('SEC-E19 make no other login session once theirs was ended', async () => {
      const name = await addWorkload();
      const subjectToken = await token();
      const { body } = await exchange(name, subjectToken);
      const { loginSession } = await bearer(body.access_token).whoAmI();
      await installation.authn.loginSessions.end(loginSession.id, undefined);
      expect(await refusal(bearer(body.access_token).whoAmI())).toBe('ERR_API_UNAUTHENTICATED');
      expect(await exchange(name, subjectToken)).toMatchObject({ status: 401 });
      await vi.waitFor(async () => expect(await allAudited()).toContain('"code":"ERR_WORKLOAD_TOKEN_USED"'));
    });

    it('SEC-E01 SEC-E20 are refused alike when nothing proves them, and when there is nobody to be', async () => {
      const name = await addWorkload();
      const disabled = await addWorkload({ disabled: true });
      const before = principalCount();
      const answers = [
        await exchange('no-such-workload', await token()),
        await exchange(name, await token(), { organization: 'no-such-organization' }),
        await exchange(name, await token(), { organization: 'other' }),
        await exchange(disabled, await token()),
        await exchange(name, await token({}, foreign.privateKey)),
        await exchange(name, await token({}, keys.privateKey, 'two')),
        await exchange(name, await token({ iss: 'https://evil.example.com' })),
        await exchange(name, owner.tokens.accessToken),
        await exchange(name, 'x.y.z'),
      ];
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(answers[0]).toMatchObject({ status: 401, body: { code: 'ERR_API_UNAUTHENTICATED' } });
      expect(principalCount()).toBe(before);
      await vi.waitFor(async () => expect(await allAudited()).toContain('"workloadIdentity":"no-such-workload"'));
    });

    it('SEC-E20 are not looked at any more from an address that sent too many that were refused', async () => {
      const name = await addWorkload();
      const sound = await token();
      // One that is taken begins the count anew; whatever the tests before it sent does not matter.
      expect((await exchange(name, await token())).status).toBe(200);
      for (let i = 0; i < MAX_WORKLOAD_ATTEMPTS; i++) expect((await exchange(name, 'x.y.z')).status).toBe(401);
      const refused = await exchange(name, sound);
      expect(refused).toMatchObject({ status: 429, body: { code: 'ERR_API_TOO_MANY_REQUESTS' } });
      await vi.waitFor(async () => expect(await allAudited()).toContain('ERR_WORKLOAD_TOKEN_REFUSED'));
      const direct = { organization: 'acme', name, token: sound, sourceAddress: '127.0.0.1' };
      await expect(installation.authn.machines.workloads.begin(direct)).rejects.toMatchObject({
        code: 'ERR_WORKLOAD_TOO_MANY_ATTEMPTS',
      });
      monotonicAheadMs += 60_000;
      expect((await exchange(name, sound)).status).toBe(200);
    });

    it('tell the holder of a signed token what it lacks', async () => {
      const name = await addWorkload();
      const lacks = async (claims: Record<string, unknown>) => (await exchange(name, await token(claims))).body.detail;
      expect(await lacks({ repository: 'evil/api' })).toContain('condition of the workload identity does not hold');
      expect(await lacks({ aud: 'kubernetes' })).toContain('for another audience');
      expect(await lacks({ exp: 1 })).toContain('has expired');
    });

    it('are verified with the keys that the issuer publishes', async () => {
      const server = createServer((incoming, response) => {
        const body = incoming.url === '/keys' ? { keys: [jwk] } : { issuer: published, jwks_uri: `${published}/keys` };
        response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      });
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      const published = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        const name = await addWorkload({ issuer: published, jwks: undefined });
        expect(await exchange(name, await token({ iss: published }))).toMatchObject({ status: 200 });
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    });

    it('refuse a request that is no token exchange, and a proof that is none', async () => {
      const name = await addWorkload();
      const path = `/api/v1/organizations/acme/workload-identities/${name}/token`;
      const send = async (body: object, headers: Record<string, string> = {}) =>
        (
          await request(
            path,
            { 'content-type': 'application/json', ...headers },
            { method: 'POST', body: JSON.stringify(body) },
          )
        ).status;
      const sound = {
        grant_type: TOKEN_EXCHANGE_GRANT,
        subject_token: await token(),
        subject_token_type: JWT_TOKEN_TYPE,
      };
      expect(await send({ ...sound, grant_type: 'client_credentials' })).toBe(400);
      expect(await send({ ...sound, subject_token: 'x'.repeat(16_385) })).toBe(400);
      expect(await send({ ...sound, actor_token: 'x' })).toBe(400);
      expect(await send(sound, { dpop: 'x.y.z' })).toBe(400);
      expect(await send(sound)).toBe(200);
    });
  });

  describe('SCIM tokens', () => {
    const issue = (api: ApiClient, overlap?: string) =>
      api.issueScimToken({ ...ORGANIZATION, name: 'development', ...(overlap !== undefined && { body: { overlap } }) });
    const status = async (token: string) =>
      (await request('/scim/v2/acme/development/Users', { authorization: `Bearer ${token}` })).status;

    it('are issued by owners, for providers that take their groups from SCIM', async () => {
      expect(await refusal(issue(admin.api))).toBe('ERR_API_FORBIDDEN');
      expect(await refusal(issue(owner.api))).toBe('ERR_API_REQUEST_INVALID');
      await installation.store.transact(async (tx) => {
        const provider = installation.snapshots.current().get('IdentityProvider', installation.provider.id);
        if (provider === undefined) throw new Error('the provider is gone');
        await tx.put('IdentityProvider', { ...provider, spec: { ...provider.spec, groupsSource: 'scim' } });
      });
      await installation.snapshots.refresh();
      // Nobody's groups come by login now; the owner stays one by a binding of their own.
      const { id } =
        installation.snapshots.current().find('Principal', 'olga@example.com', installation.organization.id) ?? {};
      const role = installation.snapshots.current().find('Role', 'owner', installation.organization.id);
      if (id === undefined || role === undefined) throw new Error('the owner is gone');
      await installation.store.transact((tx) =>
        putBinding(tx, {
          id: createId('binding'),
          organizationId: installation.organization.id,
          roleId: role.id,
          subjects: [{ kind: 'principal', id }],
          scope: { kind: 'organization' },
        }),
      );
      await installation.snapshots.refresh();

      const first = await issue(owner.api);
      expect(first.url).toBe(`${installation.publicUrl}/scim/v2/acme/development`);
      expect(first.token).toMatch(/^sct_/);
      expect(await status(first.token)).toBe(200);
      expect(await allAudited()).not.toContain(first.token.slice(31));
      const second = await issue(owner.api, '0s');
      expect([await status(first.token), await status(second.token)]).toEqual([401, 200]);
      expect(await refusal(issue(owner.api, '8d'))).toBe('ERR_API_REQUEST_INVALID');
      const provider = await owner.api.getIdentityProvider({ ...ORGANIZATION, name: 'development' });
      expect(provider.status.scim.tokenIssuedAt).toEqual(second.issuedAt);
      expect((await request('/api/v1/me', { authorization: `Bearer ${second.token}` })).status).toBe(401);
    });
  });
});
