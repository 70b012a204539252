import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { type AccessPolicy, type Binding, matchRule, type Role, type Rule, requiredActions } from '@sallyport/authz';
import type { Cluster, Principal, RequestAttributes } from '@sallyport/core';
import type { ServedExchange } from '@sallyport/tunnel/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectResponse, createProxyFixture, type ProxyFixture, type Records } from '../../testing/proxy-fixture.ts';
import type { Authenticated } from '../authenticate.ts';

interface Vectors {
  readonly principal: Principal;
  readonly cluster: Cluster;
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  readonly accessPolicies?: readonly AccessPolicy[];
  readonly cases: readonly VectorCase[];
}

interface VectorCase {
  readonly name: string;
  readonly principal?: Partial<Principal>;
  readonly cluster?: Partial<Cluster>;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly request?: Request;
  readonly requests?: readonly string[];
  readonly obligations?: readonly unknown[];
}

type Request = { readonly resource: string } | { readonly path: string };

/** What a case says of a request beside its words, which a request on the wire would have to be made to match. */
const BESIDE_WORDS = ['content', 'actAs', 'authentication', 'address', 'projectName', 'at'];

/** What an access review asks, and the request that it is about. */
interface Asked {
  readonly spec: object;
  readonly method: string;
  readonly target: string;
  readonly action: RequestAttributes;
}

const METHODS: Readonly<Record<string, string>> = {
  ...{ get: 'GET', list: 'GET', watch: 'GET', proxy: 'GET', create: 'POST', update: 'PUT', patch: 'PATCH' },
  ...{ delete: 'DELETE', deletecollection: 'DELETE', post: 'POST' },
};

function askedBy(request: Request): Asked {
  if ('path' in request) {
    const [verb = '', path = ''] = request.path.split(' ');
    return {
      spec: { nonResourceAttributes: { verb, path } },
      method: METHODS[verb] ?? '',
      target: path,
      action: { kind: 'nonResource', verb, path },
    };
  }
  const [verb = '', kind = '', object = ''] = request.resource.split(' ');
  const [, resource = '', subresource = '', group = ''] = /^([^./]+)(?:\/([^.]+))?(?:\.(.+))?$/.exec(kind) ?? [];
  const slash = object.indexOf('/');
  const [namespace, name] = slash < 0 ? ['', object] : [object.slice(0, slash), object.slice(slash + 1)];
  const words = { verb, group, resource, subresource, namespace, name };
  const segments = [
    group === '' ? '/api/v1' : `/apis/${group}/v1`,
    ...(verb === 'proxy' ? ['proxy'] : []),
    ...(namespace === '' || resource === 'namespaces' ? [] : ['namespaces', namespace]),
    resource,
    ...(name === '' ? [] : [name]),
    ...(subresource === '' ? [] : [subresource]),
  ];
  return {
    spec: { resourceAttributes: words },
    method: METHODS[verb] ?? '',
    target: segments.join('/') + (verb === 'watch' ? '?watch=1' : ''),
    action: { kind: 'resource', apiGroup: group, apiVersion: 'v1', remainder: '', path: '', ...words },
  };
}

const REVIEWS = '/apis/authorization.k8s.io/v1';
const EVERYTHING = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
// Every role may see it, and as a list it shows nothing.
const OBJECT_AND_LIST = {
  kind: 'List',
  apiVersion: 'v1',
  metadata: { name: 'a', namespace: 'shop', labels: { team: 'web' } },
  items: [],
};
let fixture: ProxyFixture;
let upstream: { readonly target: string; readonly body: string }[];

beforeEach(() => {
  fixture = createProxyFixture();
  upstream = [];
});
afterEach(() => fixture.close());

/** A cluster whose ceilings allow everything, so that the proxy alone decides. */
function serve(head: { readonly target: string }, exchange: ServedExchange) {
  const chunks: Uint8Array[] = [];
  return {
    onData(chunk: Uint8Array) {
      chunks.push(chunk);
      exchange.consumed(chunk.length);
    },
    onEnd() {
      const body = Buffer.concat(chunks).toString();
      upstream.push({ target: head.target, body });
      const isReview = head.target.startsWith(REVIEWS);
      const status = head.target.endsWith('rulesreviews')
        ? {
            incomplete: false,
            resourceRules: EVERYTHING,
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
          }
        : { allowed: true };
      exchange.respond({ status: isReview ? 201 : 200, headers: ['Content-Type', 'application/json'] });
      exchange.write(Buffer.from(JSON.stringify(isReview ? { kind: 'Review', status } : OBJECT_AND_LIST)));
      exchange.end();
    },
    onReset() {},
    onRenew() {},
  };
}

async function send(who: Authenticated, method: string, target: string, body?: object) {
  const { sink, response } = collectResponse();
  const bytes = body && Buffer.from(JSON.stringify(body));
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const request = {
    method,
    target,
    headers: ['Content-Type', type],
    host: 'sallyport.test',
    peerAddress: '192.0.2.7',
    ...(bytes && { body: Readable.from([bytes], { objectMode: false }) }),
  };
  await fixture.proxy.handleInternal(who, request, sink);
  return { status: response.status, body: JSON.parse(response.body) as { status: Record<string, unknown> } };
}

/** The requests of a case that can be sent: those with a method, of which the words say everything and the body nothing. */
function requestsOf(one: VectorCase): readonly Request[] {
  if (one.obligations?.includes('inspect') || BESIDE_WORDS.some((field) => Object.hasOwn(one, field))) return [];
  const listed = (one.requests ?? []).map((text) => (/^\S+ \//.test(text) ? { path: text } : { resource: text }));
  return [...(one.request === undefined ? [] : [one.request]), ...listed].filter((request) => {
    const [verb = ''] = ('path' in request ? request.path : request.resource).split(' ');
    return Object.hasOwn(METHODS, verb);
  });
}

const folder = new URL('../../../../authz/testdata/decisions/', import.meta.url);
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const vectors = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Vectors;

  const rows = vectors.cases.flatMap((one, i) =>
    requestsOf(one).map((request) => [`${i} ${one.name}: ${Object.values(request)}`, one, request] as const),
  );

  describe.skipIf(rows.length === 0)(`reviews of ${file}`, () => {
    it.each(rows)('SEC-B20 agree: %s', async (_, row, request) => {
      const { namespaceLabels } = row;
      const principal: Principal = { ...vectors.principal, ...row.principal, kind: 'workload' };
      const cluster: Cluster = { ...vectors.cluster, ...row.cluster };
      const ids = [...new Set([vectors.principal.organizationId, cluster.organizationId])];
      const records: Records = {
        organizations: ids.map((id) => ({ id, name: id })),
        principals: [principal],
        loginSessions: [],
        clusters: [cluster],
        roles: vectors.roles,
        bindings: vectors.bindings,
        accessPolicies: vectors.accessPolicies ?? [],
      };
      fixture.snapshots.set(records);
      const { serverEnd } = fixture.connectAgent((head, exchange) => serve(head, exchange));
      fixture.registry.add({
        clusterId: cluster.id,
        tunnel: serverEnd,
        certificateSerial: '02',
        instanceId: 'agent-1',
        agentVersion: '0.0.0',
        openedAt: new Date(fixture.clock.now()),
      });
      const asked = askedBy(request);
      if (namespaceLabels !== undefined && asked.action.kind === 'resource') {
        const labels = new Map([[asked.action.namespace, namespaceLabels]]);
        fixture.namespaceLabels.put(cluster.id, labels, fixture.clock.now());
      }
      const credential = {
        principalId: principal.id,
        clusterId: cluster.id,
        organizationId: cluster.organizationId,
      } as Authenticated['credential'];
      const who: Authenticated = { principal, session: undefined, credential, cluster };

      const really = await send(who, asked.method, asked.target, asked.method === 'GET' ? undefined : {});
      expect([200, 403]).toContain(really.status);
      const isAllowed = really.status === 200;
      const review = await send(who, 'POST', `${REVIEWS}/selfsubjectaccessreviews`, { spec: asked.spec });
      expect(review.status).toBe(201);
      expect(review.body.status['allowed']).toBe(isAllowed);
      if (!isAllowed) expect(review.body.status['reason']).toEqual(expect.stringContaining(' '));

      const { action } = asked;
      const namespace = action.kind === 'resource' ? action.namespace : '';
      const list = await send(who, 'POST', `${REVIEWS}/selfsubjectrulesreviews`, { spec: { namespace } });
      expect(list.status).toBe(201);
      const { resourceRules, nonResourceRules, incomplete } = list.body.status as {
        resourceRules: Rule[];
        nonResourceRules: { verbs: string[]; nonResourceURLs: string[] }[];
        incomplete: boolean;
      };
      const paths = nonResourceRules.map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceUrls: nonResourceURLs }));
      const isListed = requiredActions(action).every((one) =>
        [...resourceRules, ...paths].some((rule) => matchRule(rule, one)),
      );
      // A list that leaves nothing out and promises nothing: where wildcards stand for less, it says so.
      if (isAllowed) expect(isListed || incomplete).toBe(true);
      else expect(isListed && !incomplete).toBe(false);
    });
  });
}

describe('reviews of oneself', () => {
  it('say whom the cluster sees, also to somebody whose roles do not cover the question', async () => {
    fixture.close();
    fixture = createProxyFixture({ rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] });
    fixture.connectAgent((head, exchange) => serve(head, exchange));
    const { principal, cluster, session } = fixture;
    const who = { principal, cluster, session, credential: {} as Authenticated['credential'] };
    const { status, body } = await send(who, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(status).toBe(201);
    expect(body.status).toEqual({
      userInfo: {
        username: 'alice@acme.test',
        groups: ['sallyport:edit', 'system:authenticated'],
        extra: { 'sallyport.dev/session': [session.id] },
      },
    });
    expect(upstream).toEqual([]);
    const [event] = fixture.audit.events.slice(-1);
    expect(event).toMatchObject({ code: 'proxy.request.completed', outcome: { status: 201 } });
  });

  it('are refused when they ask about nothing, or can not be read', async () => {
    fixture.connectAgent((head, exchange) => serve(head, exchange));
    const { principal, cluster, session } = fixture;
    const who = { principal, cluster, session, credential: {} as Authenticated['credential'] };
    for (const spec of [{}, { resourceAttributes: {}, nonResourceAttributes: {} }]) {
      expect((await send(who, 'POST', `${REVIEWS}/selfsubjectaccessreviews`, { spec })).status).toBe(400);
    }
    expect(upstream).toEqual([]);
  });
});
