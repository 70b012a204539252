import type { AuditEvent } from '@sallyport/audit';
import { anAuditEvent } from '@sallyport/audit/testing';
import type { Binding } from '@sallyport/authz';
import { type ClusterId, createId } from '@sallyport/core';
import {
  createTextReader,
  type OperationInput,
  type ReadTextOptions,
  type TextOperationName,
} from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CommandLine, logIn } from '../authn/testing/command-line.ts';
import { addCluster, type Installation, startInstallation } from '../authn/testing/installation.ts';
import { putBinding } from '../testing/writes.ts';
import { refusal } from './testing/access-world.ts';
import { openStream } from './testing/stream-reader.ts';

const organization = 'acme';
const AT = Date.parse('2026-02-01T12:00:00Z');

describe('the audit log over REST', () => {
  let installation: Installation;
  let ada: CommandLine;
  let vera: CommandLine;
  let nobody: CommandLine;
  let clusters: Readonly<Record<'prod' | 'dev' | 'foreign', ClusterId>>;

  beforeAll(async () => {
    installation = await startInstallation();
    ada = await logIn(installation, 'ada@example.com');
    nobody = await logIn(installation, 'nobody@example.com');
    clusters = {
      prod: (await addCluster(installation, 'prod')).id,
      dev: (await addCluster(installation, 'dev')).id,
      foreign: (await addCluster(installation, 'foreign', installation.otherOrganization)).id,
    };
    vera = await logIn(installation, 'vera@example.com');
    const events: AuditEvent[] = [];
    for (const [i, cluster] of (['prod', 'dev', 'prod', 'dev', 'prod'] as const).entries()) {
      for (const namespace of ['shop', 'pay']) events.push(aRequest(i, cluster, namespace));
    }
    events.push(aRequest(9, 'foreign', 'shop'));
    await installation.store.appendAudit(events);
  }, 60_000);
  afterAll(() => installation?.close());

  function aRequest(second: number, cluster: keyof typeof clusters, namespace: string): AuditEvent {
    const path = `/api/v1/namespaces/${namespace}/pods/web`;
    return anAuditEvent({
      at: new Date(AT + second * 1_000),
      organizationId: cluster === 'foreign' ? installation.otherOrganization.id : installation.organization.id,
      clusterId: clusters[cluster],
      clusterName: cluster,
      principal: { id: createId('principal'), userName: '=cmd|calc', groups: [], issuer: 'https://idp.example.com' },
      request: {
        id: createId('decision'),
        method: 'GET',
        path,
        attributes: {
          kind: 'resource',
          verb: 'get',
          apiGroup: '',
          apiVersion: 'v1',
          resource: 'pods',
          subresource: '',
          namespace,
          name: 'web',
          remainder: '',
          path,
        },
      },
    });
  }

  /** Gives somebody, who holds nothing before, the permission within a scope; yields the way to take it back. */
  async function auditorOn(line: CommandLine, scope: Binding['scope']): Promise<() => Promise<void>> {
    let isBack = false;
    const { snapshots, store } = installation;
    const role = snapshots.current().find('Role', 'auditor', installation.organization.id);
    const id = createId('binding');
    const session = snapshots.current().loginSessions.get(line.sessionId);
    if (role === undefined || session === undefined) throw new Error('the world is not as it should be');
    await store.transact((tx) =>
      putBinding(tx, {
        id,
        organizationId: installation.organization.id,
        roleId: role.id,
        subjects: [{ kind: 'principal', id: session.principalId }],
        scope,
      }),
    );
    await snapshots.refresh();
    const back = async () => {
      if (isBack) return;
      isBack = true;
      await store.transact((tx) => tx.remove('Binding', id));
      await snapshots.refresh();
    };
    onTestFinished(back);
    return back;
  }

  const textOf = async <Name extends TextOperationName>(
    line: CommandLine,
    name: Name,
    input: OperationInput<Name>,
    options?: ReadTextOptions,
  ): Promise<{ text: string; count: string | null }> => {
    const { fetch, publicUrl } = installation;
    const { accessToken } = line.tokens;
    const read = createTextReader({ baseUrl: publicUrl, fetch, keys: line.keys, accessToken: () => accessToken });
    const { headers, chunks } = await read(name, input, options);
    let text = '';
    for await (const chunk of chunks) text += chunk;
    return { text, count: headers.get('sallyport-event-count') };
  };

  const window = { from: new Date(AT).toISOString(), to: new Date(AT + 60_000).toISOString() };
  const inWindow = { organization, ...window };

  /** Everything that somebody can find out of a window of time, by every way there is. */
  async function seen(line: CommandLine, more: object = {}) {
    const { api } = line;
    const { items } = await api.listAuditEvents({ ...inWindow, ...more });
    const counted = await api.aggregateAuditEvents({ ...inWindow, by: 'cluster', interval: '1m', ...more });
    const { text, count } = await textOf(line, 'exportAuditEvents', { ...inWindow, ...more });
    const places = items.map(({ clusterName, request }) => `${clusterName}/${request?.attributes?.namespace}`);
    const exported = text
      .trimEnd()
      .split('\n')
      .filter((each) => each !== '')
      .map((each) => JSON.parse(each) as (typeof items)[number])
      .map(({ clusterName, request }) => `${clusterName}/${request?.attributes?.namespace}`);
    expect(exported).toEqual(places);
    expect(Number(count)).toBe(places.length);
    expect(counted.total).toBe(places.length);
    expect(counted.values?.reduce((sum, each) => sum + each.count, 0)).toBe(places.length);
    return { places: [...new Set(places)].sort(), count: places.length };
  }

  it('shows an administrator all of the own organization, and what the path of a request asks for', async () => {
    expect(await seen(ada)).toEqual({ places: ['dev/pay', 'dev/shop', 'prod/pay', 'prod/shop'], count: 10 });
    const { items } = await ada.api.listAuditEvents({ ...inWindow, limit: 1 });
    expect(items[0]?.request?.attributes).toEqual({
      kind: 'resource',
      verb: 'get',
      apiGroup: '',
      apiVersion: 'v1',
      resource: 'pods',
      subresource: '',
      namespace: 'pay',
      name: 'web',
    });
    expect(items[0]).not.toHaveProperty('organizationId');
  });

  it('SEC-G11 shows whoever holds it on a cluster that one alone, in pages, counts, exports and single events', async () => {
    await auditorOn(nobody, { kind: 'clusters', clusterIds: [clusters.prod] });
    expect(await seen(nobody)).toEqual({ places: ['prod/pay', 'prod/shop'], count: 6 });
    expect(await seen(nobody, { cluster: 'dev' })).toEqual({ places: [], count: 0 });
    expect(await seen(nobody, { cluster: clusters.foreign })).toEqual({ places: [], count: 0 });
    const { items } = await ada.api.listAuditEvents({ ...inWindow, cluster: 'dev', limit: 1 });
    const id = items[0]?.id ?? '';
    expect(await refusal(nobody.api.getAuditEvent({ organization, id }))).toMatchObject({ code: 'ERR_API_NOT_FOUND' });
    expect((await ada.api.getAuditEvent({ organization, id })).clusterName).toBe('dev');
  });

  it('SEC-G11 shows whoever holds it on a namespace requests about that namespace alone', async () => {
    await auditorOn(nobody, {
      kind: 'organization',
      namespaces: { kind: 'names', names: ['shop'] },
    });
    expect(await seen(nobody)).toEqual({ places: ['dev/shop', 'prod/shop'], count: 5 });
    expect(await seen(nobody, { namespace: 'pay' })).toEqual({ places: [], count: 0 });
  });

  it('SEC-G11 shows a project its own clusters, whatever project is asked for', async () => {
    const { snapshots } = installation;
    const cluster = snapshots.current().clusters.get(clusters.prod);
    await auditorOn(nobody, { kind: 'projects', projectIds: [cluster?.projectId ?? createId('project')] });
    const own = (await seen(nobody)).places;
    const all = (await seen(ada, { project: snapshots.current().projects.get(cluster?.projectId as never)?.name }))
      .places;
    expect(own).toEqual(all);
    expect(own).toContain('prod/shop');
    expect(await seen(nobody, { project: 'there-is-none' })).toEqual({ places: [], count: 0 });
  });

  it('is closed to whoever holds the permission nowhere, in every way', async () => {
    for (const attempt of [
      () => nobody.api.listAuditEvents({ organization }),
      () => nobody.api.getAuditEvent({ organization, id: createId('auditEvent') }),
      () => nobody.api.aggregateAuditEvents({ organization }),
      () => nobody.api.listKubectlCommands({ organization }),
      () => textOf(nobody, 'exportAuditEvents', { organization }),
      () => textOf(nobody, 'tailAuditEvents', { organization }),
    ]) {
      expect(await refusal(attempt())).toMatchObject({ code: 'ERR_API_FORBIDDEN' });
    }
  });

  const readings = async () =>
    (await ada.api.listAuditEvents({ organization, code: 'audit.read,audit.exported', limit: 1_000 })).items;

  it('SEC-G10 audits each reading once, its further pages with it, and a mark that was made up by itself', async () => {
    const before = (await readings()).length;
    let mark: string | undefined;
    let pages = 0;
    do {
      const { metadata } = await ada.api.listAuditEvents({ ...inWindow, limit: 3, ...(mark && { continue: mark }) });
      mark = metadata.continue;
      pages += 1;
    } while (mark !== undefined);
    expect(pages).toBe(4);
    const after = await readings();
    // One for the listing, one for the look before it.
    expect(after.length - before).toBe(2);
    expect(JSON.parse(String(after[1]?.details?.['query']))).toMatchObject({ from: window.from });

    const { metadata } = await ada.api.listAuditEvents({ ...inWindow, limit: 3 });
    await ada.api.listAuditEvents({ organization, limit: 3, continue: metadata.continue });
    const forged = Buffer.from(JSON.stringify([AT + 60_000, 1_000_000, createId('auditEvent')])).toString('base64url');
    await ada.api.listAuditEvents({ ...inWindow, limit: 3, continue: forged });
    expect((await readings()).length - after.length).toBe(4);
    expect(await refusal(ada.api.listAuditEvents({ organization, continue: 'bm90IG9uZQ' }))).toMatchObject({
      code: 'ERR_API_REQUEST_INVALID',
    });
  });

  it('SEC-G10 audits exports with what was asked for and how much it was', async () => {
    await textOf(ada, 'exportAuditEvents', { ...inWindow, format: 'csv', cluster: 'prod' });
    expect((await readings()).find(({ code }) => code === 'audit.exported')).toMatchObject({
      code: 'audit.exported',
      details: { operation: 'exportAuditEvents', format: 'csv', count: 6, query: expect.stringContaining('"prod"') },
    });
  });

  it('exports CSV in which no cell is a formula', async () => {
    const { text } = await textOf(ada, 'exportAuditEvents', {
      ...inWindow,
      format: 'csv',
      fields: 'principal.userName,clusterName',
      order: 'oldest',
    });
    expect(text.split('\r\n').slice(0, 2)).toEqual(['"principal.userName","clusterName"', `"'=cmd|calc","prod"`]);
    expect(text.trimEnd().split('\r\n')).toHaveLength(11);
  });

  it('shows the fields that are asked for alone', async () => {
    const { text } = await textOf(ada, 'exportAuditEvents', { ...inWindow, fields: 'code,request.path' });
    expect(JSON.parse(text.split('\n')[0] ?? '')).toEqual({
      code: 'proxy.request.started',
      request: { path: '/api/v1/namespaces/pay/pods/web' },
    });
  });

  it('counts by time and value, and refuses more spans than fit', async () => {
    const counted = await ada.api.aggregateAuditEvents({ ...inWindow, by: 'namespace', top: 1, interval: '2s' });
    expect(counted).toMatchObject({ total: 10, isComplete: true, values: [{ value: 'pay', count: 5 }], others: 5 });
    expect(counted.buckets).toHaveLength(30);
    expect(counted.buckets?.slice(0, 4).map(({ count }) => count)).toEqual([4, 4, 2, 0]);
    expect((await ada.api.aggregateAuditEvents({ ...inWindow, by: 'category' })).values).toEqual([
      { value: 'proxy', count: 10 },
    ]);
    const tooMany = ada.api.aggregateAuditEvents({ ...inWindow, interval: '10ms' });
    expect(await refusal(tooMany)).toMatchObject({ code: 'ERR_API_REQUEST_INVALID' });
    expect(await refusal(ada.api.listAuditEvents({ organization, category: 'nonsense' }))).toMatchObject({
      code: 'ERR_API_REQUEST_INVALID',
    });
  });

  describe('followed live', () => {
    const index = async () => {
      while ((await installation.store.transact((tx) => tx.auditLog.index(2_000))).count > 0);
    };

    const tail = (line: CommandLine, filter: object, lastEventId?: string) =>
      openStream(installation, line, 'tailAuditEvents', { organization, ...filter }, lastEventId);

    it('SEC-G11 sends what the caller sees as it gets its place, and goes on where a reader left off', async () => {
      await auditorOn(nobody, { kind: 'clusters', clusterIds: [clusters.prod] });
      await index();
      const first = await tail(nobody, {});
      await first.until(/id: \d+\n\n/);
      const [hidden, shown, later] = [
        aRequest(20, 'dev', 'shop'),
        aRequest(21, 'prod', 'shop'),
        aRequest(22, 'prod', 'pay'),
      ];
      await installation.store.appendAudit([hidden, shown]);
      await index();
      const text = await first.until(shown.id);
      expect(text).not.toContain(hidden.id);
      first.close();
      const place = new RegExp(`id: (\\d+)\\nevent: audit\\ndata: [^\\n]*${shown.id}`).exec(text)?.[1] ?? '';
      await installation.store.appendAudit([later]);
      await index();
      const second = await tail(nobody, {}, place);
      const again = await second.until(later.id);
      expect(again).not.toContain(shown.id);
      second.close();
      const all = await tail(nobody, {}, '-1');
      expect((await all.until(later.id)).split(shown.id)).toHaveLength(2);
      all.close();
    });

    it('ends in protocol when the permission is taken away, and when the login session ends', async () => {
      const back = await auditorOn(nobody, { kind: 'clusters', clusterIds: [clusters.prod] });
      const unpermitted = await tail(nobody, {});
      await unpermitted.until(/id: -?\d+\n\n/);
      await back();
      expect(await unpermitted.rest()).toContain('event: end\ndata: {"code":"ERR_API_FORBIDDEN"');
      const other = await logIn(installation, 'ada@example.com');
      const loggedOut = await tail(other, {});
      await loggedOut.until(/id: -?\d+\n\n/);
      await other.api.logOut();
      expect(await loggedOut.rest()).toContain('event: end\ndata: {"code":"ERR_API_UNAUTHENTICATED"');
    });

    it('refuses a place that no tail gave, and more tails than one may have', async () => {
      expect(await refusal(tail(ada, {}, 'x'))).toMatchObject({ code: 'ERR_API_REQUEST_INVALID' });
      const open = await Promise.all(Array.from({ length: 5 }, () => tail(ada, {})));
      await Promise.all(open.map(({ until }) => until(/id: -?\d+\n\n/)));
      expect(await refusal(tail(ada, {}))).toMatchObject({ code: 'ERR_API_LIMIT' });
      for (const { close } of open) close();
    });
  });

  it('is read by nobody else', async () => {
    expect(vera.sessionId).not.toBe(ada.sessionId);
    expect(await refusal(vera.api.listAuditEvents({ organization: 'other' }))).toMatchObject({
      code: 'ERR_API_NOT_FOUND',
    });
  });
});
