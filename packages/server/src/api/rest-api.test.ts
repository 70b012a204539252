import { createId, type OrganizationId } from '@sallyport/core';
import {
  API_VERSION,
  createDpopProof,
  fetchDiscovery,
  type Operation,
  operations,
  PROBLEM_MEDIA_TYPE,
  problemSchema,
  registerCluster,
} from '@sallyport/core/api';
import { createCredentialVerifier, looksLikeKubeCredential } from '@sallyport/core/credentials';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, logIn } from '../authn/testing/command-line.ts';
import { addCluster, type Installation, startInstallation } from '../authn/testing/installation.ts';
import { putBinding } from '../testing/writes.ts';
import type { ApiContext } from './context.ts';
import { createOperationRoutes, expressPath, MAX_BODY_BYTES } from './operation-routes.ts';

interface RawAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
}

describe('the REST API', () => {
  let installation: Installation;
  let ada: CommandLine;
  let vera: CommandLine;
  let nobody: CommandLine;
  beforeAll(async () => {
    installation = await startInstallation();
    ada = await logIn(installation, 'ada@example.com');
    vera = await logIn(installation, 'vera@example.com');
    nobody = await logIn(installation, 'nobody@example.com');
    await addCluster(installation, 'prod-eu');
    await addCluster(installation, 'foreign', installation.otherOrganization);
  });
  afterAll(() => installation.close());

  /** A request as `line` would make it, with whatever else a test adds. */
  async function call(
    line: CommandLine | undefined,
    method: string,
    path: string,
    options: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<RawAnswer> {
    const url = installation.publicUrl + path;
    const authorization: Record<string, string> = {};
    if (line !== undefined) {
      const { accessToken } = line.tokens;
      authorization['authorization'] = `DPoP ${accessToken}`;
      authorization['dpop'] = await createDpopProof({ keys: line.keys, method, url, accessToken });
    }
    const answer = await installation.fetch(url, {
      method,
      headers: {
        ...authorization,
        ...(options.body !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body !== undefined && { body: options.body }),
      redirect: 'manual',
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  function expectProblem(answer: RawAnswer, status: number, code: string): void {
    expect(answer.headers.get('content-type')).toContain(PROBLEM_MEDIA_TYPE);
    const problem = problemSchema.parse(answer.body);
    expect([answer.status, problem.code, problem.status]).toEqual([status, code, status]);
    expect(problem.type).toContain(code.toLowerCase());
  }

  const everyOperation: readonly Operation[] = Object.values(operations);
  const pathOf = (operation: Operation, organization = 'acme', name = 'prod-eu') =>
    `/api/v1${operation.path.replace('{organization}', organization).replace('{name}', name).replace('{id}', 'x')}${queryOf(operation)}`;
  /** What the few operations demand that do not go without a query. */
  const queryOf = ({ path }: Operation) =>
    path.endsWith('/audit-log/consistency') ? '?first=1&second=2' : path.endsWith('/sessions/search') ? '?q=word' : '';
  const bodyOf = (operation: Operation) => (operation.body === undefined ? {} : { body: '{}' });
  const aCluster = (name: unknown, labels?: unknown) => ({
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: { name, ...(labels !== undefined && { labels }) },
    spec: {},
  });

  describe('its routes', () => {
    it('SEC-H01 are those of the contract, each with a permission, and no other', () => {
      const routes = createOperationRoutes({} as ApiContext).stack.flatMap(({ route }) => {
        const { methods = {} } = (route ?? {}) as { methods?: Record<string, boolean> };
        // The catch-all of a path only says that the method is not allowed.
        return methods['_all'] ? [] : Object.keys(methods).map((method) => `${method.toUpperCase()} ${route?.path}`);
      });
      expect(routes.toSorted()).toEqual(
        everyOperation.map(({ method, path }) => `${method} ${expressPath(path)}`).toSorted(),
      );
      for (const { permission } of everyOperation) expect(permission).not.toBe('');
    });

    for (const operation of everyOperation) {
      const name = `${operation.method} ${operation.path}`;

      it(`SEC-H01 ${name} refuses a caller who is not signed in`, async () => {
        const answer = await call(undefined, operation.method, pathOf(operation), bodyOf(operation));
        if (operation.permission === 'public') return expect(answer.status).not.toBe(401);
        expectProblem(answer, 401, 'ERR_API_UNAUTHENTICATED');
      });

      if (!operation.path.includes('{organization}') || operation.permission === 'public') continue;

      it(`SEC-H01 ${name} knows nothing of another organization`, async () => {
        // One that is decided on the installation refuses whatever the path names.
        const isOfInstallation = /^organizations\.(create|delete)$/.test(operation.permission);
        for (const organization of ['other', 'missing']) {
          const path = pathOf(operation, organization, 'foreign');
          const answer = await call(ada, operation.method, path, bodyOf(operation));
          if (isOfInstallation) expectProblem(answer, 403, 'ERR_API_FORBIDDEN');
          else expectProblem(answer, 404, 'ERR_API_NOT_FOUND');
        }
      });

      it(`SEC-H01 ${name} refuses a caller without a role`, async () => {
        const answer = await call(nobody, operation.method, pathOf(operation), bodyOf(operation));
        // Kinds that can be held on a part are listed as far as they are; here that is nothing.
        if (answer.status === 200) expect(answer.body).toMatchObject({ items: [] });
        // What no permission decides is decided by what the body says, which says nothing here.
        else if (operation.permission === 'each') expect(answer.status).toBe(400);
        else expect(operation.permission === 'self' ? [400, 403, 404] : [403, 404]).toContain(answer.status);
      });
    }

    it('SEC-H01 leave an audit event of each denial, with caller, path and reason', async () => {
      await call(vera, 'POST', '/api/v1/organizations/acme/clusters', { body: JSON.stringify(aCluster('never-made')) });
      await call(vera, 'GET', '/api/v1/organizations/other/clusters');
      const events = await installation.store.listAudit({ limit: 2 });
      expect(events).toMatchObject([
        {
          request: { method: 'GET', path: '/api/v1/organizations/other/clusters' },
          details: { code: 'ERR_API_NOT_FOUND' },
        },
        {
          request: { method: 'POST', path: '/api/v1/organizations/acme/clusters' },
          details: { code: 'ERR_API_FORBIDDEN', permission: 'clusters.create' },
        },
      ]);
      for (const event of events) {
        expect(event).toMatchObject({
          code: 'api.request.denied',
          organizationId: installation.organization.id,
          loginSessionId: vera.sessionId,
          principal: { userName: 'vera@example.com' },
          sourceAddress: '127.0.0.1',
        });
      }
    });

    it('SEC-A17 leave an audit event of a credential that they refuse', async () => {
      await call(undefined, 'GET', '/api/v1/me', { headers: { authorization: 'DPoP a.b.c', dpop: 'x' } });
      const [event] = await installation.store.listAudit({ limit: 1 });
      expect(event).toMatchObject({
        code: 'credential.refused',
        sourceAddress: '127.0.0.1',
        request: { path: '/api/v1/me' },
      });
      expect(JSON.stringify(event)).not.toContain('a.b.c');
    });

    it('refuse a viewer what takes an administrator', async () => {
      for (const operation of [operations.createCluster, operations.issueJoinToken, operations.listAuditEvents]) {
        expectProblem(
          await call(vera, operation.method, pathOf(operation), bodyOf(operation)),
          403,
          'ERR_API_FORBIDDEN',
        );
      }
    });
  });

  describe('identity', () => {
    it('SEC-E12 comes from the credential only, whatever body, query and headers name', async () => {
      const other = await ada.api.whoAmI();
      const organizationId: OrganizationId = installation.otherOrganization.id;
      const headers = {
        'x-remote-user': 'ada@example.com',
        'x-forwarded-user': 'ada@example.com',
        'impersonate-user': 'ada@example.com',
        cookie: `session=${ada.sessionId}`,
      };
      const who = await call(vera, 'GET', '/api/v1/me', { headers });
      expect(who.body).toMatchObject({ principal: { userName: 'vera@example.com' } });

      const body = JSON.stringify({ principalId: other.principal.id, organizationId, userName: 'ada@example.com' });
      const minted = await call(vera, 'POST', '/api/v1/organizations/acme/clusters/prod-eu/credentials', {
        body,
        headers,
      });
      expect(minted.status).toBe(201);
      const verify = createCredentialVerifier({ issuer: installation.publicUrl, keys: installation.kubeKeys });
      const credential = await verify.verify((minted.body as { token: string }).token);
      expect(credential.loginSessionId).toBe(vera.sessionId);
      expect(credential.principalId).toBe((await vera.api.whoAmI()).principal.id);

      for (const query of [`?user=ada@example.com`, `?principalId=${other.principal.id}`]) {
        expectProblem(await call(vera, 'GET', `/api/v1/me${query}`), 400, 'ERR_API_REQUEST_INVALID');
      }
      expectProblem(
        await call(ada, 'POST', '/api/v1/organizations/acme/clusters', {
          body: JSON.stringify({ ...aCluster('smuggled'), organizationId }),
        }),
        400,
        'ERR_API_REQUEST_INVALID',
      );
    });

    it('SEC-E12 logging out ends the own session, whoever the body names', async () => {
      const line = await logIn(installation, 'vera@example.com');
      const body = JSON.stringify({ loginSessionId: ada.sessionId });
      expect((await call(line, 'DELETE', '/api/v1/me/session', { body })).status).toBe(204);
      await expect(line.api.whoAmI()).rejects.toMatchObject({ problem: { status: 401 } });
      expect((await ada.api.whoAmI()).loginSession.id).toBe(ada.sessionId);
    });

    it('SEC-E13 no other kind of credential is one of the API', async () => {
      const principals = installation.snapshots.current().principals.size;
      const kube = await vera.api.mintKubeCredential({ organization: 'acme', name: 'prod-eu' });
      expect(looksLikeKubeCredential(kube.token)).toBe(true);
      const { joinToken } = await ada.api.issueJoinToken({ organization: 'acme', name: 'prod-eu' });
      const url = `${installation.publicUrl}/api/v1/me`;
      const tokens = { kube: kube.token, join: joinToken.token, refresh: vera.tokens.refreshToken, none: 'x' };
      for (const [kind, token] of Object.entries(tokens)) {
        for (const scheme of ['Bearer', 'DPoP', 'Basic']) {
          const dpop = await createDpopProof({ keys: vera.keys, method: 'GET', url, accessToken: token });
          const answer = await call(undefined, 'GET', '/api/v1/me', {
            headers: { authorization: `${scheme} ${token}`, dpop },
          });
          expect([kind, scheme, answer.status]).toEqual([kind, scheme, 401]);
        }
      }
      const cookie = `__Host-sallyport-oauth=${vera.tokens.accessToken}; token=${vera.tokens.accessToken}`;
      expect((await call(undefined, 'GET', '/api/v1/me', { headers: { cookie } })).status).toBe(401);
      expect((await call(undefined, 'GET', `/api/v1/me?access_token=${vera.tokens.accessToken}`)).status).toBe(401);
      expect(installation.snapshots.current().principals.size).toBe(principals);
    });

    it('SEC-E13 an access token of the API is no kube credential', async () => {
      const verifier = createCredentialVerifier({ issuer: installation.publicUrl, keys: installation.kubeKeys });
      await expect(verifier.verify(vera.tokens.accessToken)).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_INVALID' });
      expect(looksLikeKubeCredential(vera.tokens.accessToken)).toBe(false);
    });

    it('decides nothing while the view of the database is stale', async () => {
      const { isFresh } = installation.snapshots;
      Object.assign(installation.snapshots, { isFresh: () => false });
      try {
        const answer = await call(ada, 'GET', '/api/v1/me');
        expectProblem(answer, 503, 'ERR_API_STALE');
        expect(answer.headers.get('retry-after')).toBe('1');
      } finally {
        Object.assign(installation.snapshots, { isFresh });
      }
    });
  });

  describe('clusters', () => {
    it('are listed with the roles that the caller has there', async () => {
      const [cluster, ...others] = (await vera.api.listClusters({ organization: 'acme' })).items.filter(
        ({ metadata }) => metadata.name === 'prod-eu',
      );
      expect(others).toEqual([]);
      expect(cluster).toMatchObject({
        kind: 'Cluster',
        metadata: { name: 'prod-eu', labels: {} },
        spec: { project: 'default' },
        status: {
          roles: ['viewer'],
          health: { status: 'pending', connectedAgents: 0 },
          kubeUrl: `${installation.publicUrl}/k/acme/prod-eu`,
        },
      });
      expect(await vera.api.getCluster({ organization: 'acme', name: 'prod-eu' })).toEqual(cluster);
    });

    it('are visible only within the scope of a binding', async () => {
      const [near, far] = [await addCluster(installation, 'near'), await addCluster(installation, 'far')];
      const { viewer } = installation.roles;
      const who = await nobody.api.whoAmI();
      const bindingId = createId('binding');
      await installation.store.transact((tx) =>
        putBinding(tx, {
          id: bindingId,
          organizationId: installation.organization.id,
          roleId: viewer.id,
          subjects: [{ kind: 'principal', id: who.principal.id }],
          scope: { kind: 'clusters', clusterIds: [near.id] },
        }),
      );
      await installation.snapshots.refresh();
      expect(
        (await nobody.api.listClusters({ organization: 'acme' })).items.map(({ metadata }) => metadata.id),
      ).toEqual([near.id]);
      expectProblem(
        await call(nobody, 'GET', `/api/v1/organizations/acme/clusters/${far.name}`),
        404,
        'ERR_API_NOT_FOUND',
      );
      const { permissions, permissionsAnywhere } = await nobody.api.whoAmI();
      expect(permissions).toEqual([]);
      expect(permissionsAnywhere).toContain('clusters.read');
      await installation.store.transact((tx) => tx.remove('Binding', bindingId));
      await installation.snapshots.refresh();
      expect((await nobody.api.listClusters({ organization: 'acme' })).items).toEqual([]);
    });

    it('are registered with what an agent needs, the join token shown once', async () => {
      const { cluster, joinToken, install } = await registerCluster(ada.api, 'acme', {
        name: 'new-one',
        labels: { env: 'prod' },
      });
      expect(cluster).toMatchObject({
        metadata: { name: 'new-one', labels: { env: 'prod' } },
        status: { roles: ['admin'] },
      });
      expect(install).toEqual({
        serverUrl: installation.publicUrl,
        caPem: installation.caPem,
        clusterId: cluster.metadata.id,
        clusterName: 'new-one',
        capabilityJwks: installation.kubeKeys.jwks(),
        agents: { address: new URL(installation.publicUrl).host, serverName: 'agents.sallyport.internal' },
      });
      expect(await installation.store.transact((tx) => tx.redeemJoinToken(joinToken.token))).toEqual({
        clusterId: cluster.metadata.id,
      });
      const events = await installation.store.listAudit({ limit: 2 });
      expect(events.map(({ code }) => code)).toEqual(['cluster.join_token.issued', 'resource.created']);
      expect(JSON.stringify(events)).not.toContain(joinToken.token);
    });

    it('have one name each', async () => {
      await registerCluster(ada.api, 'acme', { name: 'taken' });
      await expect(registerCluster(ada.api, 'acme', { name: 'taken' })).rejects.toMatchObject({
        problem: { status: 409, code: 'ERR_API_CONFLICT' },
      });
    });

    it('have one name each, also when two callers found it free', async () => {
      const { refresh } = installation.snapshots;
      const before = installation.snapshots.current();
      await registerCluster(ada.api, 'acme', { name: 'raced' });
      Object.assign(installation.snapshots, { refresh: async () => before });
      try {
        await expect(registerCluster(ada.api, 'acme', { name: 'raced' })).rejects.toMatchObject({
          problem: { status: 409, code: 'ERR_API_CONFLICT' },
        });
      } finally {
        Object.assign(installation.snapshots, { refresh });
      }
    });

    for (const body of [
      {},
      aCluster(''),
      aCluster('UPPER'),
      aCluster('-x'),
      aCluster('a'.repeat(64)),
      aCluster('../x'),
      aCluster('a b'),
      aCluster(['x']),
      aCluster('x', { 'bad key': 'v' }),
      aCluster('x', { k: '<script>' }),
      aCluster('x', { k: 7 }),
      { ...aCluster('x'), extra: true },
      { ...aCluster('x'), kind: 'Project' },
      { ...aCluster('x'), spec: { project: '*' } },
      [],
      null,
      'x',
    ]) {
      it(`are not registered from ${JSON.stringify(body).slice(40, 130)}`, async () => {
        const answer = await call(ada, 'POST', '/api/v1/organizations/acme/clusters', { body: JSON.stringify(body) });
        expectProblem(answer, 400, 'ERR_API_REQUEST_INVALID');
        expect((answer.body as { problems: unknown[] }).problems.length).toBeGreaterThan(0);
      });
    }

    it('SEC-F05 take keys of the prototype as plain data or refuse them', async () => {
      const body = `{"apiVersion":"${API_VERSION}","kind":"Cluster","spec":{},"metadata":{"name":"proto","labels":{"__proto__":"x"}},"__proto__":{"name":"y"}}`;
      const answer = await call(ada, 'POST', '/api/v1/organizations/acme/clusters', { body });
      expect(answer.status).toBe(400);
      expect(({} as Record<string, unknown>)['name']).toBeUndefined();
    });
  });

  describe('kube credentials', () => {
    it('are minted for the caller, one cluster, and no longer than the session', async () => {
      const short = await startInstallation({ limits: { sessionLifetimeMs: 120_000 } });
      const line = await logIn(short, 'vera@example.com');
      const cluster = await addCluster(short, 'c1');
      const credential = await line.api.mintKubeCredential({ organization: 'acme', name: 'c1' });
      const { loginSession } = await line.api.whoAmI();
      expect(credential.clusterId).toBe(cluster.id);
      expect(credential.expiresAt.getTime()).toBeLessThanOrEqual(loginSession.expiresAt.getTime());
      expect(credential.expiresAt.getTime()).toBeGreaterThan(loginSession.expiresAt.getTime() - 10_000);
      const [event] = await short.store.listAudit({ limit: 1 });
      expect(event).toMatchObject({
        code: 'credential.minted',
        clusterId: cluster.id,
        loginSessionId: line.sessionId,
        details: { credentialId: credential.id },
      });
      expect(JSON.stringify(event)).not.toContain(credential.token);
      await short.close();
    });
  });

  describe('audit events', () => {
    it('are listed newest first, of the own organization only', async () => {
      await installation.store.appendAudit([
        {
          id: createId('auditEvent'),
          code: 'server.started',
          at: new Date(),
          severity: 'info',
          organizationId: installation.otherOrganization.id,
        },
      ]);
      const { items } = await ada.api.listAuditEvents({ organization: 'acme', limit: 5 });
      expect(items).toHaveLength(5);
      expect(items.map(({ code }) => code)).not.toContain('server.started');
      const times = items.map(({ at }) => at.getTime());
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(items[0]).not.toHaveProperty('organizationId');
    });

    for (const limit of ['0', '1001', '-1', 'x', '1.5', '1&limit=2']) {
      it(`are not listed with the limit ${limit}`, async () => {
        const answer = await call(ada, 'GET', `/api/v1/organizations/acme/audit-events?limit=${limit}`);
        expectProblem(answer, 400, 'ERR_API_REQUEST_INVALID');
      });
    }
  });

  describe('at its edges', () => {
    it('answers unknown paths and other spellings of known ones with 404', async () => {
      for (const path of ['/api/v1', '/api/v1/nothing', '/api/v1/ME', '/api/v1/me/', '/api/v2/me', '/nothing']) {
        expectProblem(await call(ada, 'GET', path), 404, 'ERR_API_NOT_FOUND');
      }
    });

    it('answers other methods with 405 and those that exist', async () => {
      const answer = await call(ada, 'PUT', '/api/v1/organizations/acme/clusters');
      expectProblem(answer, 405, 'ERR_API_METHOD_NOT_ALLOWED');
      expect(answer.headers.get('allow')).toBe('GET, POST');
    });

    it('SEC-H04 GET changes nothing', () => {
      for (const { method, permission, status } of everyOperation) {
        if (method !== 'GET') continue;
        expect([permission, status]).toEqual([expect.stringMatching(/^(self|public|\w+\.read)$/), 200]);
      }
    });

    it('SEC-H04 takes JSON under its own name only', async () => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const answer = await call(ada, 'POST', '/api/v1/organizations/acme/clusters', {
          body: '{"name":"x"}',
          headers: { 'content-type': type },
        });
        expectProblem(answer, 415, 'ERR_API_MEDIA_TYPE');
      }
    });

    it('SEC-H04 answers no foreign page', async () => {
      const answer = await call(ada, 'OPTIONS', '/api/v1/me', {
        headers: { origin: 'https://evil.example.com', 'access-control-request-method': 'GET' },
      });
      expectProblem(answer, 403, 'ERR_API_CROSS_SITE');
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      const read = await call(ada, 'GET', '/api/v1/me', { headers: { origin: 'https://evil.example.com' } });
      expect(read.headers.get('access-control-allow-origin')).toBeNull();
    });

    it('refuses a body over the limit, and one that is no JSON', async () => {
      const path = '/api/v1/organizations/acme/clusters';
      const large = JSON.stringify(aCluster('x', { a: 'x'.repeat(MAX_BODY_BYTES) }));
      expectProblem(await call(ada, 'POST', path, { body: large }), 413, 'ERR_API_BODY_TOO_LARGE');
      expectProblem(await call(ada, 'POST', path, { body: '{' }), 400, 'ERR_API_REQUEST_INVALID');
    });

    it('SEC-H02 tells nothing of itself when it fails', async () => {
      const { auditReads } = installation.store;
      const list = () => Promise.reject(new Error('connect ECONNREFUSED db:5432'));
      Object.assign(installation.store, { auditReads: { ...auditReads, list } });
      try {
        const answer = await call(ada, 'GET', '/api/v1/organizations/acme/audit-events');
        expectProblem(answer, 500, 'ERR_API_INTERNAL');
        expect(JSON.stringify(answer.body)).not.toMatch(/5432|ECONN| at /);
        expect(answer.headers.get('x-powered-by')).toBeNull();
      } finally {
        Object.assign(installation.store, { auditReads });
      }
    });

    it('describes itself to everyone, as a document and as a page', async () => {
      const document = await call(undefined, 'GET', '/api/v1/openapi.json');
      expect(document.body).toMatchObject({ openapi: '3.1.1', servers: [{ url: installation.publicUrl }] });
      const page = await (
        await installation.fetch(`${installation.publicUrl}/api/reference`, {
          method: 'GET',
          headers: {},
          redirect: 'error',
        })
      ).text();
      for (const name of Object.keys(operations)) expect(page).toContain(`id="${name}"`);
      expect(page).not.toContain('<script');
    });

    it('tells a host name what it leads to', async () => {
      expect(await fetchDiscovery({ baseUrl: installation.publicUrl, fetch: installation.fetch })).toEqual({
        apiVersion: 'v1',
        version: '0.0.0-test',
        publicUrl: installation.publicUrl,
        apiBase: `${installation.publicUrl}/api/v1`,
        oauthIssuer: `${installation.publicUrl}/oauth`,
        oauthClientId: 'sallyport-cli',
        oauthResource: `${installation.publicUrl}/api`,
        oauthScope: 'sallyport',
        kube: { pathPrefix: '/k' },
        agents: { address: new URL(installation.publicUrl).host, serverName: 'agents.sallyport.internal' },
      });
    });
  });
});
