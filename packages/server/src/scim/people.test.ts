import { describe, expect, it } from 'vitest';
import { project, readPage, readProjection, toResource } from './answer.ts';
import { attributesOfPerson, attributesOfTeam, readPerson, readTeam } from './people.ts';
import { GROUP, USER } from './schema.ts';

describe('readPerson', () => {
  it('takes the parts that act out of the attributes and keeps the rest', () => {
    const attributes = {
      userName: 'ada@example.com',
      externalId: '00u1',
      active: false,
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ value: 'home@example.com' }, { value: 'ada@example.com', primary: true }],
    };
    const person = readPerson(attributes);
    expect(person).toEqual({
      userName: 'ada@example.com',
      externalId: '00u1',
      isDisabled: true,
      displayName: 'Ada Byron',
      email: 'ada@example.com',
      profile: { name: attributes.name, emails: attributes.emails },
    });
    expect(attributesOfPerson(person)).toEqual(attributes);
  });

  it('makes attributes for somebody whom only a login has told about', () => {
    expect(
      attributesOfPerson({ userName: 'ada', isDisabled: false, displayName: 'Ada', email: 'ada@example.com' }),
    ).toEqual({
      userName: 'ada',
      displayName: 'Ada',
      emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
      active: true,
    });
  });

  for (const name of [
    'system:masters',
    'System:Node:x',
    'system:serviceaccount:a:b',
    ' ada',
    'a\u0000b',
    '\ud800',
    'x'.repeat(256),
  ]) {
    it(`SEC-A10 refuses the user and the group ${JSON.stringify(name.slice(0, 30))}`, () => {
      const failure = expect.objectContaining({ code: 'ERR_SCIM_INVALID_VALUE' });
      expect(() => readPerson({ userName: name })).toThrow(failure);
      expect(() => readTeam({ displayName: name })).toThrow(failure);
    });
  }

  it('refuses a person by the name of a machine', () => {
    for (const userName of ['serviceaccount:deployer', 'Workload:ci']) {
      expect(() => readPerson({ userName })).toThrow('only machines have');
    }
  });

  it('refuses a person and a group without a name', () => {
    expect(() => readPerson({})).toThrow('userName is missing');
    expect(() => readTeam({})).toThrow('displayName is missing');
  });

  it('shows no control characters', () => {
    expect(readPerson({ userName: 'ada', displayName: 'Ada\u001b[31m' }).displayName).toBe('Ada[31m');
  });
});

describe('readTeam', () => {
  it('takes each member once', () => {
    const team = readTeam({ displayName: 'admins', members: [{ value: 'a' }, { value: 'b' }, { value: 'a' }] });
    expect(team).toEqual({ name: 'admins', memberIds: ['a', 'b'] });
    expect(attributesOfTeam(team)).toEqual({ displayName: 'admins', members: [{ value: 'a' }, { value: 'b' }] });
  });
  it('refuses a member without an id', () => {
    expect(() => readTeam({ displayName: 'admins', members: [{}] })).toThrow('has no id');
  });
});

describe('answers', () => {
  const at = new Date('2026-11-22T10:00:00Z');
  const meta = {
    id: 'grp_1',
    createdAt: at,
    updatedAt: at,
    resourceVersion: 3,
    baseUrl: 'https://x.example/scim/v2/a/b',
  };
  const resource = toResource(GROUP, { displayName: 'admins', members: [{ value: 'a', display: 'Ada' }] }, meta);
  const shown = (query: Record<string, string>) => project(GROUP, resource, readProjection(query));

  it('carry type, version and address', () => {
    expect(resource).toEqual({
      schemas: [GROUP.schema],
      id: 'grp_1',
      displayName: 'admins',
      members: [{ value: 'a', display: 'Ada' }],
      meta: {
        resourceType: 'Group',
        created: '2026-11-22T10:00:00.000Z',
        lastModified: '2026-11-22T10:00:00.000Z',
        version: 'W/"3"',
        location: 'https://x.example/scim/v2/a/b/Groups/grp_1',
      },
    });
  });

  it('leave out and keep what the query says', () => {
    expect(Object.keys(shown({ excludedAttributes: 'members,meta' }))).toEqual(['schemas', 'id', 'displayName']);
    expect(shown({ excludedAttributes: 'members.display' })['members']).toEqual([{ value: 'a' }]);
    expect(Object.keys(shown({ attributes: 'DisplayName' }))).toEqual(['schemas', 'id', 'displayName']);
    expect(shown({ attributes: `${GROUP.schema}:members.value` })).toEqual({
      schemas: [GROUP.schema],
      id: 'grp_1',
      members: [{ value: 'a' }],
    });
    expect(() => readProjection({ attributes: 'a', excludedAttributes: 'b' })).toThrow('exclude each other');
    expect(Object.keys(project(USER, { schemas: [], id: 'x', active: true }, { excludedAttributes: ['id'] }))).toEqual([
      'schemas',
      'id',
      'active',
    ]);
  });

  it('come in pages of at most 200, counted from one', () => {
    expect(readPage({})).toEqual({ startIndex: 1, count: 100 });
    expect(readPage({ startIndex: '-3', count: '-1' })).toEqual({ startIndex: 1, count: 0 });
    expect(readPage({ startIndex: '201', count: '5000' })).toEqual({ startIndex: 201, count: 200 });
    expect(() => readPage({ count: 'all' })).toThrow('count is not a number');
  });
});
