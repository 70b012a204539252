import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { API_VERSION } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, lacks, part, run, temporaryFolder } from '../support/index.ts';
import { type ClusterAccount, createClusterAccount } from './cluster-account.ts';
import { uniqueName } from './kubectl-suite.ts';
import { fetchTrusting } from './login.ts';
import { CLUSTER, ORGANIZATION, type Stack, startStack } from './stack.ts';

const KEY = randomBytes(32);

/** Signs as Standard Webhooks has it, by its text and not by the server's own code. */
const sign = (id: string, timestamp: string, body: string) =>
  `v1,${createHmac('sha256', KEY).update(`${id}.${timestamp}.${body}`).digest('base64')}`;

/** A ticketing system: takes what it is told, if it is signed. */
async function startTicketing() {
  const told: { readonly type: string; readonly data: Record<string, unknown> }[] = [];
  const refused: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => void take(request, response));
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers;
    if (signature === sign(String(id), String(at), body)) told.push(JSON.parse(body) as (typeof told)[number]);
    else refused.push(request.headers);
    response.writeHead(204).end();
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    told,
    refused,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe.skipIf(lacks('cluster', 'image', 'kubectl'))('access that a webhook approves, on a real cluster', () => {
  const namespace = uniqueName('webhook');
  let account: ClusterAccount;
  let ticketing: Awaited<ReturnType<typeof startTicketing>>;
  let stack: Stack;
  let callbackUrl: string;
  let kubeconfig: string;
  const admin = (words: readonly string[], input = '') =>
    run(part('kubectl'), ['--kubeconfig', part('cluster'), '-n', namespace, ...words], { input, timeoutMs: 90_000 });
  const viewer = (words: string) =>
    run(part('kubectl'), ['--kubeconfig', kubeconfig, '-n', namespace, ...words.split(' ')], { input: '' });

  beforeAll(async () => {
    account = await createClusterAccount(temporaryFolder());
    await admin(['create', 'namespace', namespace]);
    await awaitCondition(async () => (await admin(['get', 'serviceaccount', 'default'])).code === 0, {
      what: 'the namespace has its default service account',
    });
    const applied = await admin(['run', 'web', `--image=${part('image')}`, '--', 'sleep', '1000']);
    expect(applied.code, applied.stderr).toBe(0);
    ticketing = await startTicketing();
    stack = await startStack({ kubeconfig: account.kubeconfig });
    const { api } = await stack.person('admin');
    const organization = ORGANIZATION;
    const apiVersion = API_VERSION;
    const named = (name: string) => ({ metadata: { name } });
    await api.createServiceAccount({
      organization,
      body: { apiVersion, kind: 'ServiceAccount', ...named('ticketing'), spec: {} },
    });
    const { status } = await api.createNotificationChannel({
      organization,
      body: {
        apiVersion,
        kind: 'NotificationChannel',
        ...named('tickets'),
        spec: {
          events: ['accessRequest.created'],
          webhook: { url: ticketing.url, secret: `whsec_${KEY.toString('base64')}`, reviewsAs: 'ticketing' },
        },
      },
    });
    callbackUrl = status.callbackUrl ?? '';
    await api.createRequestPolicy({
      organization,
      body: {
        apiVersion,
        kind: 'RequestPolicy',
        ...named('by-ticket'),
        spec: {
          requesters: [{ kind: 'Group', name: 'viewers', identityProvider: 'development' }],
          roles: ['developer'],
          scope: { kind: 'clusters', clusters: [CLUSTER], namespaces: { names: [namespace] } },
          maxDuration: '30m',
          steps: [{ reviewers: [{ kind: 'ServiceAccount', name: 'ticketing' }] }],
        },
      },
    });
    kubeconfig = await stack.kubeconfig('viewer');
  }, 180_000);
  afterAll(async () => {
    await stack?.close();
    await ticketing?.close();
    await admin(['delete', 'namespace', namespace, '--wait=false']);
    await account?.remove();
  }, 60_000);

  it('lets the very command succeed that was denied, and says who let it', async () => {
    const denied = await viewer('delete pod web --wait=false');
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain(`sallyport access request --cluster ${CLUSTER} --namespace ${namespace}`);

    const { api } = await stack.person('viewer');
    const asked = await api.createAccessRequest({
      organization: ORGANIZATION,
      body: {
        role: 'developer',
        scope: { kind: 'clusters', clusters: [CLUSTER], namespaces: { names: [namespace] } },
        duration: '10m',
        reason: 'web hangs',
      },
    });
    await awaitCondition(() => ticketing.told.length > 0, { what: 'the ticketing system is told' });
    expect(ticketing.refused).toEqual([]);
    const [{ type, data } = { type: '', data: {} }] = ticketing.told;
    expect({ type, subject: data['subject'] }).toEqual({ type: 'accessRequest.created', subject: asked.id });

    const body = JSON.stringify({
      requestId: asked.id,
      verdict: 'approve',
      reason: 'ticket 42 is open',
      contentSha256: asked.contentSha256,
    });
    const answer = async (signature: (id: string, at: string) => string) => {
      const id = `msg_${randomBytes(8).toString('hex')}`;
      const at = String(Math.floor(Date.now() / 1_000));
      const headers = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature(id, at) };
      return fetchTrusting(stack.server.caPem)(callbackUrl, { method: 'POST', headers, body });
    };
    const forged = await answer((id, at) => sign(id, at, `${body} `));
    expect(forged.status).toBe(401);
    expect((await viewer('delete pod web --wait=false')).code).toBe(1);

    const approved = await answer((id, at) => sign(id, at, body));
    expect(await approved.json()).toEqual({ requestId: asked.id, state: 'approved' });
    const deleted = await viewer('delete pod web --wait=false');
    expect(deleted, deleted.stderr).toMatchObject({
      code: 0,
      stdout: `pod "web" deleted from ${namespace} namespace\n`,
    });

    const { reviews } = await api.getAccessRequest({ organization: ORGANIZATION, id: asked.id });
    expect(reviews).toMatchObject([{ verdict: 'approve', reason: 'ticket 42 is open' }]);
  }, 60_000);
});
