import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { API_VERSION, type KindSpec, kinds } from '@sallyport/core/api';
import { findWebhookProblem } from '@sallyport/core/webhooks';
import { parseYaml } from '@sallyport/core/yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessWorld, type PersonName, startAccessWorld } from './testing/access-world.ts';

type Spec = KindSpec<'AuditSink'>;

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

async function startReceiver() {
  const taken: { readonly headers: Record<string, string>; readonly body: string }[] = [];
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      taken.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
      response.writeHead(statuses.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`, taken, statuses, close };
}

describe('audit sinks by the API', () => {
  let world: AccessWorld;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  beforeAll(async () => {
    world = await startAccessWorld();
    receiver = await startReceiver();
  });
  afterAll(async () => {
    receiver.close();
    await world.close();
  });

  const document = (name: string, spec: Spec) => ({
    apiVersion: API_VERSION as typeof API_VERSION,
    kind: 'AuditSink' as const,
    metadata: { name },
    spec,
  });
  const api = (who: PersonName = 'ada') => world.people[who].api;
  const create = (name: string, spec: Spec, who?: PersonName) =>
    api(who).createAuditSink({ organization: world.organization, body: document(name, spec) });
  const update = (name: string, spec: Spec) =>
    api().updateAuditSink({ organization: world.organization, name, body: document(name, spec) });
  const at = (name: string) => ({ organization: world.organization, name });
  const refusal = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: { readonly problem?: unknown }) => error.problem,
    );
  const index = async () => {
    while ((await world.installation.store.transact((tx) => tx.auditLog.index(1_000))).count > 0);
  };

  it('every sink that docs/audit.md shows can be applied as it stands, in ten lines at most', async () => {
    const page = readFileSync(new URL('../../../../docs/audit.md', import.meta.url), 'utf8');
    const shown = [...page.matchAll(/^```yaml\n(apiVersion[\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    const resources = shown.map((text) => parseYaml(text)).map((each) => kinds.AuditSink.document.parse(each));
    expect(
      resources.map(({ spec }) => Object.keys(spec).find((key) => key in { webhook: 1, syslog: 1, otlp: 1, s3: 1 })),
    ).toEqual(['webhook', 'syslog', 'otlp', 's3']);
    for (const text of shown) expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
    // Nothing is sent to the addresses of the examples.
    const disabled = resources.map((each) => ({ ...each, spec: { ...each.spec, disabled: true } }));
    expect(
      await api().applyResources({ organization: world.organization, body: { resources: disabled } }),
    ).toMatchObject({
      isApplied: true,
    });
    for (const { metadata } of resources) await api().deleteAuditSink(at(metadata.name));
  });

  it('SEC-E09 take secrets and never show them, in no answer, listing, audit event or snapshot', async () => {
    const made = await create('secretive', {
      disabled: true,
      s3: { endpoint: 'https://s3.example', bucket: 'audit', accessKeyId: 'AKID', secretAccessKey: 'canary' },
    });
    expect(made.status).toMatchObject({ secrets: ['secretAccessKey'], state: 'disabled' });
    const { store, snapshots, organization } = world.installation;
    const seen = JSON.stringify([
      made,
      await api().listAuditSinks({ organization: world.organization }),
      await store.listAudit({ organizationId: organization.id, limit: 100 }),
      [...snapshots.current().auditSinks.values()],
    ]);
    expect(seen).toContain('secretive');
    expect(seen).not.toContain('canary');
    expect(await store.auditSinks.secrets(made.metadata.id)).toEqual({ secretAccessKey: 'canary' });
    const elsewhere = { endpoint: 'https://evil.example', bucket: 'audit', accessKeyId: 'AKID' };
    expect(await refusal(update('secretive', { disabled: true, s3: elsewhere }))).toMatchObject({
      code: 'ERR_API_REQUEST_INVALID',
      detail: expect.stringContaining('is not sent to another address'),
    });
    await api().deleteAuditSink(at('secretive'));
  });

  it.each<[string, Spec, string]>([
    ['nowhere', {}, 'exactly one of'],
    ['without what it signs with', { webhook: { url: 'https://a.example' } }, 'spec.webhook.secret'],
    [
      'CEF as an array',
      { webhook: { url: 'https://a.example', secret: SECRET, format: 'cef', body: 'array' } },
      'ndjson',
    ],
    ['behind for years', { maxTimeBehind: '9000h', syslog: { host: 'a.example' } }, 'maxTimeBehind'],
    ['with a password in the address', { otlp: { url: 'https://a:b@a.example/v1/logs' } }, 'password'],
  ])('is refused that leads %s', async (_, spec, told) => {
    const problem = await refusal(create('bad', spec));
    expect(problem).toMatchObject({ code: 'ERR_API_REQUEST_INVALID' });
    expect(JSON.stringify(problem)).toContain(told);
  });

  it('is for those who may', async () => {
    expect(await refusal(create('mine', { syslog: { host: 'a.example' } }, 'vera'))).toMatchObject({
      code: 'ERR_API_FORBIDDEN',
    });
  });

  it('sends what happens from its creation on, signed, and shows how far it has got', async () => {
    await create('hook', { webhook: { url: receiver.url, secret: SECRET } });
    await index();
    await expect.poll(() => receiver.taken.length, { timeout: 15_000 }).toBeGreaterThan(0);
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.taken;
    expect(findWebhookProblem(SECRET, headers, body, new Date())).toBeUndefined();
    const events = body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { code: string; details?: object });
    expect(events.at(-1)).toMatchObject({ code: 'resource.created', details: { kind: 'AuditSink', name: 'hook' } });
    await expect
      .poll(async () => (await api().getAuditSink(at('hook'))).status, { timeout: 15_000 })
      .toMatchObject({ state: 'delivering', eventsBehind: 0, lastDeliveredAt: expect.any(Date) as Date });
  });

  it('tests at once, with an event that is in the log as well', async () => {
    expect(await api().testAuditSink(at('hook'))).toEqual({ isDelivered: true });
    const sent = JSON.parse(receiver.taken.at(-1)?.body.trimEnd() ?? '') as { id: string };
    expect(sent).toMatchObject({ code: 'audit.sink.tested', details: { sink: 'hook' } });
    const { store, organization } = world.installation;
    const log = await store.listAudit({ organizationId: organization.id, limit: 10 });
    expect(log.map(({ id }) => id)).toContain(sent.id);
    receiver.statuses.push(500);
    expect(await api().testAuditSink(at('hook'))).toMatchObject({
      isDelivered: false,
      error: expect.stringContaining('answered with status 500') as string,
    });
    expect(await refusal(api('vera').testAuditSink(at('hook')))).toMatchObject({ code: 'ERR_API_FORBIDDEN' });
  });

  it.each<[string, Spec]>([
    ['a webhook', { webhook: { url: 'https://10.0.0.1/in', secret: SECRET } }],
    ['a metadata service', { otlp: { url: 'https://169.254.169.254/v1/logs' } }],
    ['syslog', { syslog: { host: '192.168.0.1', protocol: 'udp' } }],
  ])('SEC-E09 leads %s to no address of a private network', async (_, spec) => {
    await create('private', spec);
    expect(await api().testAuditSink(at('private'))).toMatchObject({
      isDelivered: false,
      error: expect.stringContaining('which the server does not call') as string,
    });
    await api().deleteAuditSink(at('private'));
  });
});
