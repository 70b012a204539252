import { readFileSync } from 'node:fs';
import { type AuditEvent, findAuditProblem } from '@sallyport/audit';
import { createId, type PrincipalId, type RoleId } from '@sallyport/core';
import { API_PREFIX, API_VERSION, kinds, type Operation, type OperationName, operations } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBinding } from '../testing/writes.ts';
import { MUTATING, OPERATION_EVENTS, READING_EVENTS } from './testing/operation-events.ts';
import { INNER_KINDS, type InnerKind, nameIn, sampleDocument } from './testing/sample-documents.ts';
import { startTwoOrganizations, TWIN, type TwoOrganizations } from './testing/two-organizations.ts';

const FRESH = 'fresh';

/** Operations that need more than an owner to succeed, and the tests that call them and look for their events. */
const ELSEWHERE: Readonly<Partial<Record<OperationName, string>>> = {
  rotateKeys: 'keys.test.ts',
  addMyPasskey: 'local-users.test.ts',
  removeMyPasskey: 'local-users.test.ts',
  confirmMyTotp: 'local-users.test.ts',
  replaceMyRecoveryCodes: 'local-users.test.ts',
  setMyPassword: 'local-users.test.ts',
  exchangeWorkloadToken: '../authn/machines/machines.test.ts',
  createAccessRequest: 'access-requests.test.ts',
  reviewAccessRequest: 'access-requests.test.ts',
  cancelAccessRequest: 'access-requests.test.ts',
  followUpAccessRequest: 'grants.test.ts',
  renewGrant: 'grants.test.ts',
  decideAccessReviewItem: 'access-reviews.test.ts',
  redeliverNotification: 'notifications.test.ts',
  terminateMySession: 'sessions.test.ts',
  terminateSession: 'sessions.test.ts',
  issueClientCertificate: 'credentials.test.ts',
  endMyTerminal: '../../../../tests/security/web-kubectl.test.ts',
  logOut: '../authn/login.test.ts',
};

describe('what is audited of the operations of the API', () => {
  let two: TwoOrganizations;
  let organization: string;
  let calls = 0;
  const seen = new Set<OperationName>();
  beforeAll(async () => {
    two = await startTwoOrganizations();
    organization = two.installation.organization.name;
  }, 120_000);
  afterAll(() => two?.close());

  /** Calls an operation with a trace of its own, and yields its answer with the events of that trace, oldest first. */
  async function call(
    name: OperationName,
    given: Readonly<Record<string, string>> = {},
    body?: unknown,
  ): Promise<{ readonly answer: Record<string, unknown>; readonly events: readonly AuditEvent[] }> {
    const { method, path }: Operation = operations[name];
    const rest = { organization, ...given };
    const filled = path.replace(/\{(\w+)\}/g, (_, at: keyof typeof rest) => encodeURIComponent(rest[at] ?? ''));
    calls += 1;
    const traceId = calls.toString(16).padStart(32, '0');
    const { status, text } = await two.send({
      method,
      path: API_PREFIX + filled,
      ...(body !== undefined && { body }),
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    if (status >= 300) throw new Error(`${name} came to ${status}: ${text}`);
    const recent = await two.installation.store.listAudit({ limit: 200 });
    const events = recent.filter((event) => event.traceId === traceId).reverse();
    seen.add(name);
    return { answer: operations[name].method === 'GET' && 'formats' in operations[name] ? {} : asJson(text), events };
  }

  function find(kind: 'Principal', name: string): PrincipalId {
    const found = two.installation.snapshots.current().find(kind, name, two.installation.organization.id);
    if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
    return found.id;
  }

  async function putSession(principalId: PrincipalId): Promise<string> {
    const { store, snapshots, organization: own } = two.installation;
    const id = createId('loginSession');
    const [createdAt, expiresAt] = [new Date(), new Date(Date.now() + 3_600_000)];
    const session = { id, organizationId: own.id, principalId, method: 'oidc', client: 'cli' } as const;
    await store.transact((tx) => tx.putLoginSession({ ...session, createdAt, expiresAt }));
    await snapshots.refresh();
    return id;
  }

  /** Calls an operation and demands as many events as it changes things, all of them by its row and by the catalogue. */
  async function change(name: OperationName, given?: Readonly<Record<string, string>>, body?: unknown, count = 1) {
    const { answer, events } = await call(name, given, body);
    const row = OPERATION_EVENTS[name as keyof typeof OPERATION_EVENTS];
    const codes = events.map(({ code }) => code);
    if (typeof row === 'string') expect([name, codes]).toEqual([name, []]);
    else {
      expect([name, codes.filter((code) => !row.includes(code))]).toEqual([name, []]);
      expect([name, codes.length]).toEqual([name, count]);
    }
    for (const event of events) {
      expect(findAuditProblem(event)).toBeUndefined();
      expect(event).toMatchObject({
        organizationId: expect.any(String),
        principal: { userName: name === 'endLoginSessionsOfUser' ? nameIn(TWIN, 'User') : 'owner' },
        sourceAddress: '127.0.0.1',
        traceId: expect.any(String),
      });
    }
    return { answer, events };
  }

  const operationOf = (kind: InnerKind, method: Operation['method'], suffix = '') =>
    (Object.entries(operations) as [OperationName, Operation][]).find(
      ([, each]) =>
        each.method === method && each.path === `/organizations/{organization}/${kinds[kind].collection}${suffix}`,
    )?.[0] as OperationName;
  const idsIn = async (name: OperationName, given: Readonly<Record<string, string>> = {}) =>
    ((await call(name, given)).answer['items'] as readonly { readonly id: string }[]).map(({ id }) => id);
  const first = <Item>([item]: readonly Item[]): Item => {
    if (item === undefined) throw new Error('there is none');
    return item;
  };

  it('SEC-G10 has a row for every operation that is no reading, and for no other', () => {
    expect(Object.keys(OPERATION_EVENTS).toSorted()).toEqual([...MUTATING].toSorted());
  });

  it('SEC-G10 is one event for each kind of resource that is made, changed or deleted, with before and after', async () => {
    for (const kind of INNER_KINDS) {
      const name = nameIn(FRESH, kind);
      const { events } = await change(operationOf(kind, 'POST'), {}, sampleDocument(kind, FRESH, 'first'));
      expect(events).toMatchObject([
        { code: 'resource.created', details: { kind, name, after: expect.stringContaining('"first"') } },
      ]);
    }
    for (const kind of INNER_KINDS) {
      const name = nameIn(FRESH, kind);
      const body = sampleDocument(kind, FRESH, 'second');
      const { events } = await change(operationOf(kind, 'PUT', '/{name}'), { name }, body);
      expect(events).toMatchObject([
        {
          code: 'resource.updated',
          details: {
            kind,
            name,
            before: expect.stringContaining('"first"'),
            after: expect.stringContaining('"second"'),
          },
        },
      ]);
      // Changing nothing is no change.
      await change(operationOf(kind, 'PUT', '/{name}'), { name }, body, hasSecret(kind) ? 1 : 0);
      expect(JSON.stringify(events)).not.toMatch(/secret of|whsec_/);
    }
  }, 240_000);

  it('SEC-G10 is one event for what is done to them', async () => {
    const cluster = { name: FRESH };
    const person = { name: nameIn(FRESH, 'User') };
    const own = { name: 'owner' };
    const reason = 'as agreed';
    const { installation } = two;
    const personId = find('Principal', person.name);
    await change(
      'updateOrganization',
      {},
      {
        ...{ apiVersion: API_VERSION, kind: 'Organization', metadata: { name: organization } },
        spec: { description: 'changed' },
      },
    );
    const resources = [sampleDocument('Role', FRESH, 'third'), sampleDocument('Project', FRESH, 'third')];
    await change('applyResources', {}, { resources, dryRun: true }, 0);
    await change('applyResources', {}, { resources }, 2);

    await change('inviteUser', person, {});
    await installation.store.transact((tx) => tx.localUsers.setPassword(personId, 'not a hash', false));
    await change('demandPasswordChange', person);
    await change('resetUser', person);
    const provider = sampleDocument('IdentityProvider', FRESH, 'third');
    const provisioned = { ...provider, spec: { ...provider.spec, groupsSource: 'scim' } };
    await change('updateIdentityProvider', { name: FRESH }, provisioned);
    await change('issueScimToken', { name: FRESH }, {});
    await change('createApiKey', { name: FRESH }, { name: 'key' });
    await change('revokeApiKey', { name: FRESH, id: first(await idsIn('listApiKeys', { name: FRESH })) });

    await change('issueJoinToken', cluster, {});
    for (const id of await idsIn('listJoinTokens', cluster)) await change('revokeJoinToken', { ...cluster, id });
    await change('revokeAgent', { name: TWIN, id: first(await idsIn('listAgents', { name: TWIN })) });
    const terms = { role: FRESH, scope: { kind: 'clusters', clusters: [FRESH] }, duration: '1h', reason };
    const granted = await change('createGrant', {}, { ...terms, user: person.name });
    await change('revokeGrant', { id: String(granted.answer['id']) }, { reason });
    const review = await change(
      'createAccessReview',
      {},
      {
        ...{ name: FRESH, description: reason, duration: '1d' },
        scope: { kind: 'clusters', clusters: [TWIN] },
      },
    );
    await change('remindAccessReview', { id: String(review.answer['id']) });
    await change('closeAccessReview', { id: String(review.answer['id']) });

    await change('mintKubeCredential', cluster);
    await change('mintStaticToken', cluster, {});
    await change('mintStaticToken', cluster, {});
    const [mine, another] = await idsIn('listMyCredentials');
    await change('revokeMyCredential', { id: mine ?? '' });
    await change('revokeCredential', { id: another ?? '' });
    await change('revokeCredentialsOfUser', own, undefined, (await idsIn('listMyCredentials')).length);
    await change('mintKubeCredential', cluster);
    await change('revokeMyCredentials');

    await change('setAuditRetention', {}, { proxy: '90d' });
    await change('createLegalHold', {}, { name: FRESH, reason });
    await change('releaseLegalHold', { name: FRESH }, { reason });
    await change('testNotificationChannel', { name: FRESH });
    await change('testAuditSink', { name: FRESH });
    await change('compareRecordedAccess', {}, { resources: [sampleDocument('Role', FRESH, 'third')] });
    await change('suggestRole', {}, { as: { user: person.name } });
    await change(
      'explainAccess',
      {},
      {
        ...{ as: { user: person.name }, cluster: FRESH, requests: [{ verb: 'get', resource: 'pods' }] },
      },
    );
  }, 240_000);

  it('SEC-G10 is one event for each reading of audit events and recordings', async () => {
    const { answer } = await call('listAuditEvents');
    const [event] = answer['items'] as readonly { readonly id: string }[];
    const given = { id: event?.id ?? '' };
    for (const name of [
      'listAuditEvents',
      'getAuditEvent',
      'listKubectlCommands',
      'exportAuditEvents',
      'listSessions',
    ] as const) {
      const { events } = await call(name, given);
      expect([name, events.map(({ code }) => code)]).toEqual([name, [READING_EVENTS[name]]]);
      expect(findAuditProblem(first(events))).toBeUndefined();
    }
  }, 60_000);

  it('SEC-G10 is one event with what it was for each that is deleted', async () => {
    for (const kind of [...INNER_KINDS].reverse()) {
      const name = nameIn(FRESH, kind);
      const { events } = await change(operationOf(kind, 'DELETE', '/{name}'), { name });
      expect(events).toMatchObject([{ code: 'resource.deleted', details: { kind, name, before: expect.any(String) } }]);
    }
  }, 120_000);

  it('SEC-G10 is one event for what is done to organizations and to the installation', async () => {
    const { store, snapshots, organization: own } = two.installation;
    await store.transact((tx) =>
      putBinding(tx, {
        id: createId('binding'),
        organizationId: own.id,
        roleId: snapshots.current().find('Role', 'installation-admin', own.id)?.id as RoleId,
        subjects: [{ kind: 'principal', id: find('Principal', 'owner') }],
        scope: { kind: 'installation' },
      }),
    );
    await snapshots.refresh();
    const installation = { apiVersion: API_VERSION, kind: 'Installation', metadata: { name: 'installation' } };
    const made = { apiVersion: API_VERSION, kind: 'Organization', metadata: { name: FRESH }, spec: {} };
    await change(
      'updateInstallation',
      {},
      { ...installation, spec: { maintenance: { message: 'soon', severity: 'info' } } },
    );
    await change('createOrganization', {}, made);
    await change('inviteOwner', { organization: FRESH }, { name: 'una' });
    const { events } = await change('deleteOrganization', { organization: FRESH });
    expect(events).toMatchObject([{ details: { name: FRESH, before: expect.stringContaining(FRESH) } }]);
  }, 60_000);

  it('SEC-G10 is one event for each login session that is ended', async () => {
    const owner = find('Principal', 'owner');
    const invitee = find('Principal', nameIn(TWIN, 'User'));
    await change('endLoginSession', { id: await putSession(owner) });
    await change('endMyLoginSession', { id: await putSession(owner) });
    await putSession(invitee);
    const { events } = await change('endLoginSessionsOfUser', { name: nameIn(TWIN, 'User') });
    // Whose session it was, and who ended it.
    expect(events).toMatchObject([{ principal: { id: invitee }, details: { reason: 'ended', endedBy: 'owner' } }]);
    await putSession(owner);
    // The own one among them: nothing can be called afterwards.
    await change('endMyLoginSessions', {}, undefined, 2);
  }, 60_000);

  it('SEC-G10 is shown here or in a test that names its event, for every operation', () => {
    const unseen = MUTATING.filter((name) => !seen.has(name) && typeof OPERATION_EVENTS[name] !== 'string');
    expect(unseen.toSorted()).toEqual(Object.keys(ELSEWHERE).toSorted());
    for (const name of unseen) {
      const file = ELSEWHERE[name] ?? '';
      const text = readFileSync(new URL(file, import.meta.url), 'utf8');
      const codes = OPERATION_EVENTS[name] as readonly string[];
      expect(
        codes.some((code) => text.includes(`'${code}'`)),
        `${file} names no event of ${name}`,
      ).toBe(true);
    }
  });
});

function asJson(text: string): Record<string, unknown> {
  return text === '' ? {} : JSON.parse(text);
}

function hasSecret(kind: InnerKind): boolean {
  return kind === 'IdentityProvider' || kind === 'NotificationChannel' || kind === 'AuditSink';
}
