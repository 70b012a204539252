import { randomBytes } from 'node:crypto';
import { createId } from '@sallyport/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccessPolicy, Role, Rule } from '../../packages/authz/src/index.ts';
import { awaitCondition } from '../support/index.ts';
import { type CallerRequest, PROTOCOLS, type Protocol, type SecureStack, startSecureStack } from './harness.ts';
import { headerValues } from './recording-upstream.ts';
import { askForUpgrade, TRANSPORTS } from './upgrade-client.ts';

const JSON_TYPE = ['Content-Type', 'application/json'];
const EVERYTHING: Rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], nonResourceUrls: ['*'] };
const CORE = '/api/v1/namespaces/shop';

let stack: SecureStack;
let token: string;
/** What the developer may do, and where; and what is denied to everybody. */
let decree: (
  rights: Pick<Role, 'rules' | 'privileges'>,
  more?: { readonly namespaces?: readonly string[]; readonly deny?: AccessPolicy['deny'] },
) => Promise<void>;

beforeAll(async () => {
  stack = await startSecureStack();
  token = await stack.token('developer');
  const { records } = await stack.store.changes.read();
  const developer = records.roles?.find(({ name }) => name === 'developer');
  const binding = records.bindings?.find(({ roleId }) => roleId === developer?.id);
  if (developer === undefined || binding === undefined) throw new Error('the developer is bound');
  const { rules: _, ...role } = { ...developer, id: createId('role'), name: 'tried', isBuiltIn: false };
  const policyId = createId('accessPolicy');
  decree = (rights, { namespaces, deny } = {}) =>
    stack.change(async (tx) => {
      await tx.put('Role', { ...role, ...rights });
      const names = namespaces && { namespaces: { kind: 'names' as const, names: namespaces } };
      await tx.put('Binding', { ...binding, roleId: role.id, scope: { kind: 'organization', ...names } });
      await tx.put('AccessPolicy', {
        id: policyId,
        organizationId: role.organizationId,
        name: 'guard',
        subjects: 'everyone',
        scope: { kind: 'organization' },
        // Something has to be denied; nobody asks for this.
        deny: deny ?? [{ rules: [{ verbs: ['get'], nonResourceUrls: ['/nothing'] }] }],
      });
    });
}, 60_000);
afterAll(() => stack?.close(), 30_000);
beforeEach(() => {
  stack.upstream.reset();
  stack.upstream.answer = ({ respond }) => respond(200, JSON_TYPE, '{}');
});

/** What came of a request: whether it was allowed. Passed on exactly when it was; refused with a sentence when not. */
async function isAllowed(protocol: Protocol, request: CallerRequest): Promise<boolean> {
  stack.upstream.reset();
  stack.upstream.answer = ({ respond }) => respond(200, JSON_TYPE, '{}');
  const answer = await patiently(() => stack.call(protocol, { token, ...request }));
  const words = `${request.method ?? 'GET'} ${request.path}: ${answer.body}`;
  expect([200, 403], words).toContain(answer.status);
  expect(stack.upstream.requests.length, words).toBe(answer.status === 200 ? 1 : 0);
  if (answer.status === 403) expect((JSON.parse(answer.body) as { message: string }).message).toMatch(/may not/);
  return answer.status === 200;
}

/** Whoever is refused this often is told to wait now and then (429); these tests do. */
function patiently<Answer extends { readonly status: number }>(ask: () => Promise<Answer>): Promise<Answer> {
  return awaitCondition(
    async () => {
      const answer = await ask();
      return answer.status === 429 ? undefined : answer;
    },
    { what: 'refusals are answered one by one again', timeoutMs: 20_000, everyMs: 100 },
  );
}

const aTrace = () => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

const remove = (path: string): CallerRequest => ({ method: 'DELETE', path });
const write = (method: string, path: string, body: unknown, type = 'application/json'): CallerRequest => ({
  method,
  path,
  headers: ['Content-Type', type],
  body: JSON.stringify(body),
});

describe.each(PROTOCOLS)('what is decided, over %s', (protocol) => {
  it('SEC-B07 who may not exec does not get in by a debug container either', async () => {
    const deny = [{ rules: [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] }] }];
    const debug = { spec: { ephemeralContainers: [{ name: 'd', image: 'i', stdin: true, tty: true }] } };
    const path = `${CORE}/pods/web/ephemeralcontainers`;
    const type = 'application/strategic-merge-patch+json';
    await decree({ rules: [EVERYTHING], privileges: ['nodeProxy'] });
    expect(await isAllowed(protocol, write('PATCH', path, debug, type))).toBe(true);
    await decree({ rules: [EVERYTHING], privileges: ['nodeProxy'] }, { deny });
    expect(await isAllowed(protocol, write('PATCH', path, debug, type))).toBe(false);
    expect(await isAllowed(protocol, { path: '/api/v1/nodes/n1/proxy/exec/shop/web/c' })).toBe(false);
    expect(await isAllowed(protocol, { path: '/api/v1/proxy/nodes/n1/exec/shop/web/c' })).toBe(false);
    expect(await isAllowed(protocol, { path: `${CORE}/pods/web` })).toBe(true);
    for (const transport of TRANSPORTS) {
      const path = `${CORE}/pods/web/exec?command=sh`;
      const answer = await patiently(async () => (await askForUpgrade(stack, { transport, path, token })).answer());
      expect(answer.status).toBe(403);
    }
  });

  it('SEC-B13 what reaches over a limit is refused whole: all namespaces, and the namespace itself', async () => {
    await decree({ rules: [EVERYTHING] }, { namespaces: ['shop'] });
    expect(await isAllowed(protocol, { path: `${CORE}/pods` })).toBe(true);
    for (const path of ['/api/v1/pods', '/api/v1/pods?watch=1', '/apis/apps/v1/deployments']) {
      expect(await isAllowed(protocol, { path })).toBe(false);
    }
    await decree(
      { rules: [EVERYTHING] },
      { deny: [{ rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['shop'] }] }] },
    );
    expect(await isAllowed(protocol, remove('/api/v1/namespaces/other'))).toBe(true);
    for (const request of [
      remove('/api/v1/namespaces/shop'),
      remove(`${CORE}/pods/web`),
      remove(`${CORE}/pods`),
      { path: '/api/v1/pods' },
      write('PUT', '/api/v1/namespaces/shop/finalize', {}),
    ]) {
      expect(await isAllowed(protocol, request)).toBe(false);
    }
  });

  it('SEC-B14 a rule on one kind says nothing of another, allowed or denied', async () => {
    const kinds = {
      pods: { group: '', path: `${CORE}/pods/x` },
      services: { group: '', path: `${CORE}/services/x` },
      secrets: { group: '', path: `${CORE}/secrets/x` },
      deployments: { group: 'apps', path: '/apis/apps/v1/namespaces/shop/deployments/x' },
      // The same word in another group.
      widgets: { group: 'example.com', path: '/apis/example.com/v1/namespaces/shop/pods/x' },
    } as const;
    for (const [ruled, { group }] of Object.entries(kinds)) {
      const rule = { apiGroups: [group], resources: [ruled === 'widgets' ? 'pods' : ruled] };
      await decree({ rules: [{ ...rule, verbs: ['delete'] }] });
      for (const [asked, { path }] of Object.entries(kinds)) {
        expect(await isAllowed(protocol, remove(path)), `${asked} under a rule on ${ruled}`).toBe(asked === ruled);
      }
      await decree({ rules: [EVERYTHING] }, { deny: [{ rules: [{ ...rule, verbs: ['delete'] }] }] });
      for (const [asked, { path }] of Object.entries(kinds)) {
        expect(await isAllowed(protocol, remove(path)), `${asked} under a denial of ${ruled}`).toBe(asked !== ruled);
      }
    }
  });

  it('SEC-B15 a wildcard verb counts wherever it stands in the list', async () => {
    for (const verbs of [['*'], ['*', 'get'], ['get', '*', 'list'], ['get', '*']]) {
      const rule: Rule = { verbs, apiGroups: [''], resources: ['pods'] };
      await decree({ rules: [rule] });
      expect(await isAllowed(protocol, remove(`${CORE}/pods/x`))).toBe(true);
      await decree({ rules: [EVERYTHING] }, { deny: [{ rules: [rule] }] });
      expect(await isAllowed(protocol, remove(`${CORE}/pods/x`))).toBe(false);
      expect(await isAllowed(protocol, remove(`${CORE}/services/x`))).toBe(true);
    }
  });

  it('SEC-B20 what a review of one’s own access answers is what then happens', async () => {
    const rows = [
      { verb: 'get', group: '', resource: 'pods', name: 'web', request: { path: `${CORE}/pods/web` } },
      { verb: 'list', group: '', resource: 'pods', name: '', request: { path: `${CORE}/pods` } },
      { verb: 'delete', group: '', resource: 'pods', name: 'web', request: remove(`${CORE}/pods/web`) },
      { verb: 'delete', group: '', resource: 'pods', name: 'db', request: remove(`${CORE}/pods/db`) },
      {
        verb: 'get',
        group: '',
        resource: 'pods',
        subresource: 'log',
        name: 'web',
        request: { path: `${CORE}/pods/web/log` },
      },
      { verb: 'list', group: '', resource: 'pods', namespace: '', name: '', request: { path: '/api/v1/pods' } },
      { verb: 'list', group: '', resource: 'nodes', namespace: '', name: '', request: { path: '/api/v1/nodes' } },
    ];
    const decrees: Parameters<typeof decree>[] = [
      [{ rules: [EVERYTHING] }],
      [{ rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }] }],
      [{ rules: [{ verbs: ['*'], apiGroups: [''], resources: ['pods'], resourceNames: ['web'] }] }],
      [{ rules: [EVERYTHING] }, { namespaces: ['shop'] }],
      [{ rules: [EVERYTHING] }, { namespaces: ['other'] }],
      [{ rules: [EVERYTHING] }, { deny: [{ rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }] }] }],
    ];
    const seen = new Set<boolean>();
    for (const each of decrees) {
      await decree(...each);
      for (const { verb, group, resource, subresource, namespace = 'shop', name, request } of rows) {
        stack.upstream.reset();
        // The cluster allows whatever the role lets through.
        stack.upstream.answer = ({ request: asked, respond }) =>
          respond(
            201,
            JSON_TYPE,
            JSON.stringify({ ...JSON.parse(asked.body().toString() || '{}'), status: { allowed: true } }),
          );
        const resourceAttributes = { verb, group, version: 'v1', resource, subresource, namespace, name };
        const review = {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes },
        };
        const answer = await stack.call(protocol, {
          token,
          ...write('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review),
        });
        const { status } = JSON.parse(answer.body) as { status: { allowed: boolean } };
        const happened = await isAllowed(protocol, request);
        expect(status.allowed, `${verb} ${resource}/${name} under ${JSON.stringify(each)}`).toBe(happened);
        seen.add(happened);
      }
    }
    expect(seen.size).toBe(2);
  });

  it('SEC-A08 while the policy is replaced, each of many requests is decided by one of its versions, and named by it', async () => {
    const path = `${CORE}/configmaps/a08-${protocol === 'h2' ? 'h2' : 'h1'}`;
    const open = { rules: [EVERYTHING] };
    const shut = { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] };
    await decree(open);
    stack.upstream.reset();
    stack.upstream.answer = ({ respond }) => respond(200, JSON_TYPE, '{}');
    let isDone = false;
    const replacing = (async () => {
      for (let i = 0; !isDone; i += 1) await decree(i % 2 === 0 ? shut : open);
    })();
    const statuses = new Map<number, number>();
    const count = 500;
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let i = 0; i < count / 10; i += 1) {
          const { status } = await stack.call(protocol, { token, path, headers: ['traceparent', aTrace()] });
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }),
    );
    isDone = true;
    await replacing;
    expect(
      [...statuses.keys()].every((status) => [200, 403, 429].includes(status)),
      String([...statuses]),
    ).toBe(true);
    expect(statuses.get(200) ?? 0).toBeGreaterThan(0);
    // Some that were passed on lost their basis before they were answered; nothing came upstream without an allow.
    const traceOf = (rawHeaders: readonly string[]) => headerValues(rawHeaders, 'traceparent').join().slice(3, 35);
    const came = stack.upstream.requests.filter(({ target }) => target === path);
    const decided = await awaitCondition(
      async () => {
        const events = (await stack.auditEvents(5 * count)).filter(
          ({ code, request }) =>
            request?.path.endsWith(path) === true && ['proxy.request.started', 'proxy.request.denied'].includes(code),
        );
        const allowed = new Set(events.flatMap(({ code, traceId }) => (code.endsWith('started') ? [traceId] : [])));
        return came.every(({ rawHeaders }) => allowed.has(traceOf(rawHeaders))) ? events : undefined;
      },
      { what: 'everything that came upstream is audited as allowed', timeoutMs: 10_000 },
    );
    // One version never says both.
    const effects = new Map<number, Set<string>>();
    for (const { decision } of decided) {
      if (decision === undefined) continue;
      const { snapshotVersion, effect } = decision;
      effects.set(snapshotVersion, (effects.get(snapshotVersion) ?? new Set()).add(effect));
    }
    expect(effects.size).toBeGreaterThan(1);
    expect([...effects.values()].every(({ size }) => size === 1)).toBe(true);
  }, 120_000);
});
