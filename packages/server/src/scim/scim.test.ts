import { createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mintMachineSecret } from '../authn/machines/machine-secret.ts';
import { StoreError } from '../stores/errors.ts';
import { describeScimError, type ScimErrorCode } from './errors.ts';
import { pendingSubject } from './provisioned.ts';
import { ERROR_SCHEMA, GROUP, LIST_RESPONSE_SCHEMA, PATCH_SCHEMA, USER } from './schema.ts';
import { type Answer, startEndpoint, type TestEndpoint } from './testing/endpoint.ts';
import { issueScimToken, SCIM_TOKEN_OVERLAP_MS } from './token.ts';

const patch = (...Operations: readonly unknown[]) => ({ schemas: [PATCH_SCHEMA], Operations });
const idOf = ({ body }: Answer) => (body as { readonly id: string }).id;
const fields = ({ body }: Answer) => body as Readonly<Record<string, unknown>>;
const resources = ({ body }: Answer) =>
  (body as { readonly Resources: readonly Readonly<Record<string, unknown>>[] }).Resources;
const failure = (code: ScimErrorCode) => {
  const { status, scimType } = describeScimError(code);
  return expect.objectContaining({
    status,
    body: {
      schemas: [ERROR_SCHEMA],
      status: String(status),
      ...(scimType && { scimType }),
      detail: expect.any(String),
      code,
    },
  });
};

describe('the SCIM endpoint', () => {
  let endpoint: TestEndpoint;
  beforeAll(async () => {
    endpoint = await startEndpoint();
  });
  afterAll(() => endpoint.close());

  let names = 0;
  const user = (more: object = {}) => ({ schemas: [USER.schema], userName: `user${++names}@example.com`, ...more });
  const group = (more: object = {}) => ({ schemas: [GROUP.schema], displayName: `group${++names}`, ...more });
  const audited = async (code: string) =>
    (await endpoint.store.listAudit({ organizationId: endpoint.organization.id, limit: 1_000 })).filter(
      (event) => event.code === code,
    );

  it('makes a person known, who has never signed in', async () => {
    const answer = await endpoint.scim(
      'POST',
      '/Users',
      user({
        userName: 'New@Example.com',
        externalId: '00u1',
        displayName: 'New',
        emails: [{ value: 'new@example.com', primary: true }],
        name: { givenName: 'N' },
      }),
    );
    const id = idOf(answer);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toContain('application/scim+json');
    expect(answer.headers.get('location')).toBe(`${endpoint.url}/Users/${id}`);
    expect(answer.headers.get('etag')).toBe('W/"1"');
    expect(answer.body).toEqual({
      schemas: [USER.schema],
      id,
      externalId: '00u1',
      userName: 'New@Example.com',
      name: { givenName: 'N' },
      displayName: 'New',
      emails: [{ value: 'new@example.com', primary: true }],
      active: true,
      meta: {
        resourceType: 'User',
        created: expect.any(String),
        lastModified: expect.any(String),
        version: 'W/"1"',
        location: `${endpoint.url}/Users/${id}`,
      },
    });
    expect(await endpoint.scim('GET', `/Users/${id}`)).toMatchObject({ status: 200, body: answer.body });
    expect(endpoint.person(id)).toMatchObject({
      kind: 'user',
      issuer: endpoint.provider.issuer,
      subjectClaim: pendingSubject(id as never),
      userName: 'New@Example.com',
      displayName: 'New',
      email: 'new@example.com',
      externalId: '00u1',
      isDisabled: false,
      groups: [],
    });
    const [event] = await audited('scim.user.created');
    expect(event?.details).toMatchObject({
      identityProvider: 'corporate',
      userName: 'New@Example.com',
      principalId: id,
    });
  });

  it('refuses a user name that is taken, whatever its letter case and whoever has it', async () => {
    const local = await endpoint.addPerson({ userName: 'Taken@example.com' });
    expect(await endpoint.scim('POST', '/Users', user({ userName: 'taken@EXAMPLE.com' }))).toEqual(
      failure('ERR_SCIM_UNIQUENESS'),
    );
    const other = idOf(await endpoint.scim('POST', '/Users', user()));
    const rename = patch({ op: 'replace', path: 'userName', value: local.userName });
    expect(await endpoint.scim('PATCH', `/Users/${other}`, rename)).toEqual(failure('ERR_SCIM_UNIQUENESS'));
  });

  it('lets a client find and adopt people whom a login made known', async () => {
    const known = await endpoint.addPerson({
      userName: 'known@example.com',
      email: 'known@example.com',
      subjectClaim: 's1',
    });
    const found = await endpoint.scim('GET', '/Users?filter=userName%20eq%20%22KNOWN%40example.com%22');
    expect(resources(found)).toMatchObject([{ id: known.id, userName: 'known@example.com', active: true }]);
    await endpoint.scim(
      'PUT',
      `/Users/${known.id}`,
      user({ userName: 'known@example.com', externalId: 'x1', active: true }),
    );
    expect(endpoint.person(known.id)).toMatchObject({ subjectClaim: 's1', externalId: 'x1' });
  });

  it('keeps who is active and who is not when a replacement does not say', async () => {
    const id = idOf(await endpoint.scim('POST', '/Users', user({ userName: 'off@example.com', active: 'False' })));
    const answer = await endpoint.scim(
      'PUT',
      `/Users/${id}`,
      user({ userName: 'off@example.com', displayName: 'Off' }),
    );
    expect(answer.body).toMatchObject({ active: false, displayName: 'Off' });
    expect(endpoint.person(id)?.isDisabled).toBe(true);
  });

  it('forgets what a replacement leaves out', async () => {
    const id = idOf(
      await endpoint.scim(
        'POST',
        '/Users',
        user({ userName: 'less@example.com', externalId: 'e', title: 'x', emails: [{ value: 'a@example.com' }] }),
      ),
    );
    const answer = await endpoint.scim('PUT', `/Users/${id}`, user({ userName: 'less@example.com' }));
    expect(fields(answer)).not.toHaveProperty('externalId');
    expect(fields(answer)).not.toHaveProperty('title');
    expect(endpoint.person(id)).not.toHaveProperty('email');
    expect(endpoint.person(id)).not.toHaveProperty('externalId');
  });

  it('SEC-E02 a person who is deactivated is nobody, and being active again revives no login session', async () => {
    const id = idOf(await endpoint.scim('POST', '/Users', user())) as never;
    const sessionId = createId('loginSession');
    await endpoint.store.transact((tx) =>
      tx.putLoginSession({
        id: sessionId,
        organizationId: endpoint.organization.id,
        principalId: id,
        identityProviderId: endpoint.provider.id,
        method: 'oidc',
        client: 'cli',
        createdAt: new Date(),
        expiresAt: new Date(Date.now() + 3_600_000),
      }),
    );
    await endpoint.snapshots.refresh();
    expect(endpoint.snapshots.current().loginSessions.has(sessionId)).toBe(true);
    const off = await endpoint.scim('PATCH', `/Users/${id}`, patch({ op: 'Replace', path: 'active', value: 'False' }));
    expect(off.body).toMatchObject({ active: false });
    expect(endpoint.person(id)?.isDisabled).toBe(true);
    expect(endpoint.snapshots.current().loginSessions.has(sessionId)).toBe(false);
    expect((await audited('scim.user.deactivated')).at(0)?.details).toMatchObject({
      principalId: id,
      endedSessions: 1,
    });
    await endpoint.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    expect(endpoint.person(id)?.isDisabled).toBe(false);
    expect(endpoint.snapshots.current().loginSessions.has(sessionId)).toBe(false);
  });

  it('SEC-E02 takes groups from memberships alone, whatever a login stated', async () => {
    const person = await endpoint.addPerson({ userName: 'stale@example.com', groups: ['admins', 'stale'] });
    expect(endpoint.person(person.id)?.groups).toEqual([]);
    const id = idOf(
      await endpoint.scim('POST', '/Groups', group({ displayName: 'operators', members: [{ value: person.id }] })),
    );
    expect(endpoint.person(person.id)?.groups).toEqual(['operators']);
    await endpoint.scim('PATCH', `/Groups/${id}`, patch({ op: 'replace', value: { id, displayName: 'engineers' } }));
    expect(endpoint.person(person.id)?.groups).toEqual(['engineers']);
    await endpoint.scim('DELETE', `/Groups/${id}`);
    expect(endpoint.person(person.id)?.groups).toEqual([]);
  });

  const removals: readonly [string, string, unknown][] = [
    ['a removal of the last member', 'PATCH', patch({ op: 'Remove', path: 'members' })],
    ['an empty list of members', 'PATCH', patch({ op: 'replace', path: 'members', value: [] })],
    ['members that are null', 'PATCH', patch({ op: 'replace', value: { members: null } })],
    ['a replacement without members', 'PUT', {}],
    ['a replacement with no members', 'PUT', { members: [] }],
  ];
  for (const [name, method, body] of removals) {
    it(`SEC-E14 ${name} ends all rights from the group at once`, async () => {
      const person = await endpoint.addPerson({ userName: `last${++names}@example.com` });
      const team = group({ members: [{ value: person.id }] });
      const id = idOf(await endpoint.scim('POST', '/Groups', team));
      expect(endpoint.person(person.id)?.groups).toEqual([team.displayName]);
      const change = method === 'PUT' ? { ...team, members: undefined, ...(body as object) } : body;
      expect(fields(await endpoint.scim(method, `/Groups/${id}`, change))).not.toHaveProperty('members');
      expect(endpoint.person(person.id)?.groups).toEqual([]);
    });
  }

  it('shows members with their names, and leaves them out where nobody asks', async () => {
    const person = await endpoint.addPerson({ userName: 'member@example.com' });
    const id = idOf(
      await endpoint.scim(
        'POST',
        '/Groups',
        group({ externalId: 'g-1', members: [{ value: person.id, display: 'lie' }] }),
      ),
    );
    expect(fields(await endpoint.scim('GET', `/Groups/${id}`))['members']).toEqual([
      { value: person.id, type: 'User', display: 'member@example.com', $ref: `${endpoint.url}/Users/${person.id}` },
    ]);
    expect(fields(await endpoint.scim('GET', `/Groups/${id}?excludedAttributes=members`))).not.toHaveProperty(
      'members',
    );
    const found = await endpoint.scim(
      'GET',
      `/Groups?excludedAttributes=members&filter=members%20eq%20%22${person.id}%22`,
    );
    expect(resources(found).map((each) => each['id'])).toEqual([id]);
    expect(resources(found)[0]).not.toHaveProperty('members');
  });

  it('refuses members that are nobody of this provider', async () => {
    const foreign = endpoint.clientOf(endpoint.url.replace('/acme/', '/other/'), endpoint.foreign.token);
    const stranger = idOf(await foreign('POST', '/Users', user()));
    const team = idOf(await endpoint.scim('POST', '/Groups', group()));
    for (const value of [stranger, createId('principal'), team, 'x']) {
      expect(await endpoint.scim('POST', '/Groups', group({ members: [{ value }] }))).toEqual(
        failure('ERR_SCIM_INVALID_VALUE'),
      );
      expect(
        await endpoint.scim('PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: [{ value }] })),
      ).toEqual(failure('ERR_SCIM_INVALID_VALUE'));
    }
  });

  it('refuses a group name that is taken, and names that clusters keep for themselves', async () => {
    const taken = group();
    await endpoint.scim('POST', '/Groups', taken);
    expect(await endpoint.scim('POST', '/Groups', taken)).toEqual(failure('ERR_SCIM_UNIQUENESS'));
    expect(await endpoint.scim('POST', '/Groups', group({ displayName: 'system:masters' }))).toEqual(
      failure('ERR_SCIM_INVALID_VALUE'),
    );
    expect(await endpoint.scim('POST', '/Users', user({ userName: 'system:admin' }))).toEqual(
      failure('ERR_SCIM_INVALID_VALUE'),
    );
  });

  it('deletes a person with their memberships', async () => {
    const id = idOf(await endpoint.scim('POST', '/Users', user()));
    const team = idOf(await endpoint.scim('POST', '/Groups', group({ members: [{ value: id }] })));
    expect(await endpoint.scim('DELETE', `/Users/${id}`)).toMatchObject({ status: 204, body: undefined });
    expect(await endpoint.scim('GET', `/Users/${id}`)).toEqual(failure('ERR_SCIM_NOT_FOUND'));
    expect(await endpoint.scim('DELETE', `/Users/${id}`)).toEqual(failure('ERR_SCIM_NOT_FOUND'));
    expect(endpoint.person(id)).toBeUndefined();
    expect(fields(await endpoint.scim('GET', `/Groups/${team}`))).not.toHaveProperty('members');
    await endpoint.scim('PATCH', `/Groups/${team}`, patch({ op: 'remove', path: `members[value eq "${id}"]` }));
  });

  it('lists in pages that add up, and counts what a filter finds', async () => {
    for (let i = 0; i < 5; i++) await endpoint.scim('POST', '/Users', user({ title: 'paged' }));
    const filter = `filter=${encodeURIComponent('title eq "paged"')}`;
    const whole = await endpoint.scim('GET', `/Users?${filter}`);
    expect(whole.body).toMatchObject({
      schemas: [LIST_RESPONSE_SCHEMA],
      totalResults: 5,
      startIndex: 1,
      itemsPerPage: 5,
    });
    const pages = await Promise.all(
      [1, 3, 5, 6].map((start) => endpoint.scim('GET', `/Users?${filter}&startIndex=${start}&count=2`)),
    );
    expect(pages.map((page) => resources(page).length)).toEqual([2, 2, 1, 0]);
    expect(pages.flatMap((page) => resources(page).map((each) => each['id']))).toEqual(
      resources(whole).map((each) => each['id']),
    );
    expect((await endpoint.scim('GET', '/Users?count=0')).body).toMatchObject({
      itemsPerPage: 0,
      totalResults: expect.any(Number),
    });
  });

  it('changes a version that the client names, or none', async () => {
    const answer = await endpoint.scim('POST', '/Users', user());
    const path = `/Users/${idOf(answer)}`;
    const etag = answer.headers.get('etag') ?? '';
    const change = (value: string, ifMatch: string) =>
      endpoint.scim('PATCH', path, patch({ op: 'replace', path: 'title', value }), { 'if-match': ifMatch });
    expect((await endpoint.scim('GET', path, undefined, { 'if-none-match': etag })).status).toBe(304);
    expect((await change('a', etag)).status).toBe(200);
    expect(await change('b', etag)).toEqual(failure('ERR_SCIM_PRECONDITION'));
    expect(await endpoint.scim('DELETE', path, undefined, { 'if-match': etag })).toEqual(
      failure('ERR_SCIM_PRECONDITION'),
    );
    expect((await change('c', '*')).body).toMatchObject({ title: 'c' });
  });

  it('changes nothing, and no version, when everything is so already', async () => {
    const body = user({ title: 'same', externalId: 'same' });
    const answer = await endpoint.scim('POST', '/Users', body);
    const again = await endpoint.scim('PUT', `/Users/${idOf(answer)}`, { ...body, active: true });
    expect(again.headers.get('etag')).toBe(answer.headers.get('etag'));
  });

  it('loses no change of many that come at once', async () => {
    const team = idOf(await endpoint.scim('POST', '/Groups', group()));
    const people = await Promise.all(Array.from({ length: 4 }, () => endpoint.scim('POST', '/Users', user())));
    const answers = await Promise.all(
      people.map((person) =>
        endpoint.scim(
          'PATCH',
          `/Groups/${team}`,
          patch({ op: 'Add', path: 'members', value: [{ value: idOf(person) }] }),
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(fields(await endpoint.scim('GET', `/Groups/${team}`))['members']).toHaveLength(4);
  });

  const malformed: readonly [string, string, string, unknown, ScimErrorCode][] = [
    ['a body that is not JSON', 'POST', '/Users', '{', 'ERR_SCIM_INVALID_SYNTAX'],
    ['a body that is a list', 'POST', '/Users', [], 'ERR_SCIM_INVALID_VALUE'],
    ['no body', 'POST', '/Users', undefined, 'ERR_SCIM_INVALID_VALUE'],
    ['a filter that can not be read', 'GET', '/Users?filter=x', undefined, 'ERR_SCIM_INVALID_FILTER'],
    ['a path that is not there', 'GET', '/Things', undefined, 'ERR_SCIM_NOT_FOUND'],
    ['a method that is not there', 'DELETE', '/Users', undefined, 'ERR_SCIM_METHOD_NOT_ALLOWED'],
    ['an id that is none', 'GET', '/Groups/none', undefined, 'ERR_SCIM_NOT_FOUND'],
    ['the id of a group as that of a user', 'GET', `/Users/${createId('group')}`, undefined, 'ERR_SCIM_NOT_FOUND'],
    ['a path that is not well encoded', 'GET', '/Groups/%zz', undefined, 'ERR_SCIM_INVALID_SYNTAX'],
    ['a body beyond the limit', 'POST', '/Users', `{"x":"${'x'.repeat(4 * 1_048_576)}"}`, 'ERR_SCIM_TOO_LARGE'],
  ];
  for (const [name, method, path, body, code] of malformed) {
    it(`refuses ${name} in SCIM's own words`, async () => {
      expect(await endpoint.scim(method, path, body)).toEqual(failure(code));
    });
  }

  it('tells what it can do', async () => {
    expect((await endpoint.scim('GET', '/ServiceProviderConfig')).body).toMatchObject({
      patch: { supported: true },
      etag: { supported: true },
      bulk: { supported: false },
    });
    expect(resources(await endpoint.scim('GET', '/ResourceTypes')).map((each) => each['id'])).toEqual([
      'User',
      'Group',
    ]);
    expect(resources(await endpoint.scim('GET', '/Schemas')).map((each) => each['id'])).toEqual([
      USER.schema,
      GROUP.schema,
    ]);
    expect(await endpoint.scim('GET', `/Schemas/${USER.schema}`)).toMatchObject({
      status: 200,
      body: { id: USER.schema },
    });
    expect(await endpoint.scim('GET', '/ResourceTypes/Group')).toMatchObject({ status: 200, body: { id: 'Group' } });
  });

  describe('SEC-H02 without its own credential', () => {
    const stranger = (path: string, headers: Record<string, string>) =>
      fetch(`${endpoint.url}${path}`, { method: 'GET', headers });
    for (const path of ['/Users', '/Groups', '/ServiceProviderConfig', '/Schemas', '/ResourceTypes', '/Things', '']) {
      it(`says nothing at ${JSON.stringify(path)}`, async () => {
        const fake = mintMachineSecret('scimToken', endpoint.provider.id.slice(4)).secret.reveal();
        const apiKey = mintMachineSecret('apiKey', endpoint.provider.id.slice(4)).secret.reveal();
        for (const authorization of [
          '',
          'Bearer ',
          `Bearer ${fake}`,
          `Bearer ${apiKey}`,
          `Basic ${endpoint.token}`,
          `Bearer ${endpoint.foreign.token}`,
          `DPoP ${endpoint.token}`,
        ]) {
          const response = await stranger(path, authorization === '' ? {} : { authorization });
          expect(response.status, authorization.slice(0, 12)).toBe(401);
          expect(response.headers.get('www-authenticate')).toBe('Bearer');
          expect(await response.json()).toEqual({
            schemas: [ERROR_SCHEMA],
            status: '401',
            detail: 'this needs the SCIM token of the identity provider',
            code: 'ERR_SCIM_UNAUTHENTICATED',
          });
        }
      });
    }

    it('answers for an organization, a provider and a token that are not there alike', async () => {
      for (const url of [
        endpoint.url.replace('/acme/', '/nosuch/'),
        endpoint.url.replace('/corporate', '/nosuch'),
        endpoint.url.replace('/acme/', '/other/'),
      ]) {
        expect(await endpoint.clientOf(url, endpoint.token)('GET', '/Users')).toEqual(
          failure('ERR_SCIM_UNAUTHENTICATED'),
        );
      }
    });

    it('audits a credential that is refused', async () => {
      const events = await vi.waitFor(async () => {
        const found = (await endpoint.store.listAudit({ limit: 50 })).filter(
          ({ code }) => code === 'credential.refused',
        );
        expect(found).not.toEqual([]);
        return found;
      });
      expect(events.at(0)).toMatchObject({ severity: 'warning', details: { surface: 'scim' } });
      expect(JSON.stringify(events)).not.toContain(endpoint.token);
    });
  });
});

describe('the token of a SCIM endpoint', () => {
  const clock = createFakeClock();
  let endpoint: TestEndpoint;
  beforeEach(async () => {
    endpoint = await startEndpoint({ clock });
  });
  afterEach(() => endpoint.close());

  const status = async (token: string) => (await endpoint.clientOf(endpoint.url, token)('GET', '/Users')).status;
  const rotate = async (overlapMs?: number) => {
    const options = { clock, ...(overlapMs !== undefined && { overlapMs }) };
    const { token } = await endpoint.store.transact((tx) => issueScimToken(tx, endpoint.provider.id, options));
    return token.reveal();
  };

  it('is rotated with an overlap', async () => {
    const next = await rotate();
    expect([await status(endpoint.token), await status(next)]).toEqual([200, 200]);
    clock.advance(SCIM_TOKEN_OVERLAP_MS);
    await endpoint.snapshots.refresh();
    expect([await status(endpoint.token), await status(next)]).toEqual([401, 200]);
  });

  it('SEC-E19 is refused at once when it is rotated without one, and does not come back', async () => {
    const next = await rotate(0);
    expect([await status(endpoint.token), await status(next)]).toEqual([401, 200]);
    const last = await rotate();
    expect([await status(endpoint.token), await status(next), await status(last)]).toEqual([401, 200, 200]);
  });

  it('opens nothing where the provider is disabled or takes its groups elsewhere', async () => {
    await endpoint.changeProvider({ disabled: true });
    expect(await endpoint.scim('GET', '/Users')).toEqual(failure('ERR_SCIM_OFF'));
    await endpoint.changeProvider({ disabled: false, groupsSource: 'claims' });
    expect(await status(endpoint.token)).toBe(403);
    await endpoint.changeProvider({ groupsSource: 'scim' });
    expect(await status(endpoint.token)).toBe(200);
  });
});

describe('the SCIM endpoint without its database', () => {
  it('says when to come back, and nothing of what is wrong', async () => {
    const endpoint = await startEndpoint();
    try {
      const transact = vi.spyOn(endpoint.store, 'transact');
      transact.mockRejectedValueOnce(new StoreError({ code: 'ERR_STORE_UNREACHABLE', message: 'gone' }));
      expect(await endpoint.scim('GET', '/Users')).toEqual(failure('ERR_SCIM_UNAVAILABLE'));
      transact.mockRejectedValueOnce(new Error('secret detail'));
      const failed = await endpoint.scim('GET', '/Users');
      expect(failed).toEqual(failure('ERR_SCIM_INTERNAL'));
      expect(JSON.stringify(failed.body)).not.toContain('secret detail');
    } finally {
      await endpoint.close();
    }
  });
});
