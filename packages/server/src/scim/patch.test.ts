import { describe, expect, it } from 'vitest';
import { readAttributes, type ScimAttributes } from './canonical.ts';
import { applyPatch, MAX_PATCH_OPERATIONS } from './patch.ts';
import { GROUP, PATCH_SCHEMA, USER } from './schema.ts';

const ada: ScimAttributes = {
  userName: 'ada@example.com',
  name: { givenName: 'Ada', familyName: 'Byron' },
  emails: [
    { value: 'ada@example.com', type: 'work', primary: true },
    { value: 'ada@home.example', type: 'home' },
  ],
  active: true,
};
const group: ScimAttributes = { displayName: 'admins', members: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] };
const request = (...Operations: readonly unknown[]) => ({ schemas: [PATCH_SCHEMA], Operations });
const ids = ({ members }: ScimAttributes) => ((members ?? []) as readonly ScimAttributes[]).map(({ value }) => value);

describe('applyPatch on people', () => {
  const cases: readonly { name: string; operations: readonly unknown[]; want: ScimAttributes }[] = [
    {
      name: 'disables by a boolean in text under a path',
      operations: [{ op: 'Replace', path: 'active', value: 'False' }],
      want: { ...ada, active: false },
    },
    {
      name: 'disables by a value without a path',
      operations: [{ op: 'replace', value: { active: false } }],
      want: { ...ada, active: false },
    },
    {
      name: 'takes names in any letter case, and the schema in front',
      operations: [
        { OP: 'replace', PATH: 'URN:ietf:params:scim:schemas:core:2.0:user:NAME.familyname', value: 'King' },
      ],
      want: { ...ada, name: { givenName: 'Ada', familyName: 'King' } },
    },
    {
      name: 'changes a part of the selected value',
      operations: [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'countess@example.com' }],
      want: {
        ...ada,
        emails: [
          { value: 'countess@example.com', type: 'work', primary: true },
          { value: 'ada@home.example', type: 'home' },
        ],
      },
    },
    {
      name: 'makes the value that a filter selects in vain',
      operations: [{ op: 'Add', path: 'emails[type eq "other"].value', value: 'ada@other.example' }],
      want: { ...ada, emails: [...(ada['emails'] as []), { type: 'other', value: 'ada@other.example' }] },
    },
    {
      name: 'takes paths as names inside a value',
      operations: [
        {
          op: 'add',
          value: { 'name.givenName': 'Augusta', 'emails[type eq "home"].value': 'a@home.example', title: 'x' },
        },
      ],
      want: {
        ...ada,
        title: 'x',
        name: { givenName: 'Augusta', familyName: 'Byron' },
        emails: [
          { value: 'ada@example.com', type: 'work', primary: true },
          { value: 'a@home.example', type: 'home' },
        ],
      },
    },
    {
      name: 'leaves attributes of extensions and unknown ones alone',
      operations: [
        { op: 'Add', path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', value: 'x' },
        { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '1' },
        { op: 'replace', value: { id: 'prn_1', schemas: [USER.schema], meta: {}, nickName: 'x' } },
      ],
      want: ada,
    },
    {
      name: 'lets one address be the primary one',
      operations: [{ op: 'replace', path: 'emails[type eq "home"].primary', value: true }],
      want: {
        ...ada,
        emails: [
          { value: 'ada@example.com', type: 'work', primary: false },
          { value: 'ada@home.example', type: 'home', primary: true },
        ],
      },
    },
    {
      name: 'removes an attribute, a part and a selected value',
      operations: [
        { op: 'remove', path: 'name.givenName' },
        { op: 'remove', path: 'emails[type eq "work"]' },
        { op: 'remove', path: 'title' },
      ],
      want: {
        userName: 'ada@example.com',
        name: { familyName: 'Byron' },
        active: true,
        emails: [{ value: 'ada@home.example', type: 'home' }],
      },
    },
  ];
  for (const { name, operations, want } of cases) {
    it(name, () => {
      expect(applyPatch(USER, ada, request(...operations))).toEqual(want);
    });
  }

  it('leaves the resource that it was given as it was', () => {
    const before = structuredClone(ada);
    applyPatch(
      USER,
      ada,
      request({ op: 'remove', path: 'emails' }, { op: 'replace', path: 'name.givenName', value: 'x' }),
    );
    expect(ada).toEqual(before);
  });

  for (const path of ['__proto__', '__proto__.polluted', 'constructor', 'constructor.prototype', 'name.__proto__']) {
    it(`reaches nothing of the language underneath through ${path}`, () => {
      for (const operation of [
        { op: 'add', path, value: { polluted: 'yes' } },
        { op: 'add', value: JSON.parse(`{${JSON.stringify(path)}: {"polluted": "yes"}}`) },
      ]) {
        try {
          expect(applyPatch(USER, ada, request(operation))).toEqual(ada);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_SCIM_INVALID_PATH' });
        }
      }
      expect(({} as { polluted?: string }).polluted).toBeUndefined();
    });
  }
});

describe('applyPatch on groups', () => {
  const cases: readonly { name: string; operations: readonly unknown[]; want: readonly string[] }[] = [
    {
      name: 'adds members once',
      operations: [{ op: 'Add', path: 'members', value: [{ $ref: null, value: 'd' }, { value: 'a' }] }],
      want: ['a', 'b', 'c', 'd'],
    },
    {
      name: 'adds one member that is not in a list',
      operations: [{ op: 'add', path: 'members', value: { value: 'd' } }],
      want: ['a', 'b', 'c', 'd'],
    },
    {
      name: 'removes the member that a filter selects',
      operations: [{ op: 'remove', path: 'members[value eq "b"]' }],
      want: ['a', 'c'],
    },
    {
      name: 'removes several that a filter selects',
      operations: [{ op: 'remove', path: 'members[value eq "b" or value eq "c"]' }],
      want: ['a'],
    },
    {
      name: 'removes the members that are listed',
      operations: [
        {
          op: 'Remove',
          path: 'members',
          value: [
            { $ref: null, value: 'b' },
            { value: 'a', type: 'User' },
          ],
        },
      ],
      want: ['c'],
    },
    {
      name: 'removes nobody for a member that is not there',
      operations: [{ op: 'remove', path: 'members[value eq "x"]' }],
      want: ['a', 'b', 'c'],
    },
    {
      name: 'removes nobody for an empty list of members',
      operations: [{ op: 'remove', path: 'members', value: [] }],
      want: ['a', 'b', 'c'],
    },
    { name: 'SEC-E14 removes all members', operations: [{ op: 'remove', path: 'members' }], want: [] },
    { name: 'SEC-E14 replaces members by none', operations: [{ op: 'replace', path: 'members', value: [] }], want: [] },
    { name: 'SEC-E14 replaces members by null', operations: [{ op: 'replace', value: { members: null } }], want: [] },
    {
      name: 'SEC-E14 removes the last members one by one',
      operations: ['a', 'b', 'c'].map((id) => ({ op: 'remove', path: `members[value eq "${id}"]` })),
      want: [],
    },
    {
      name: 'replaces members',
      operations: [{ op: 'replace', path: 'members', value: [{ value: 'x', display: 'X' }] }],
      want: ['x'],
    },
    {
      name: 'goes through operations in their order',
      operations: [
        { op: 'remove', path: 'members' },
        { op: 'add', value: { members: [{ value: 'z' }] } },
      ],
      want: ['z'],
    },
  ];
  for (const { name, operations, want } of cases) {
    it(name, () => {
      expect(ids(applyPatch(GROUP, group, request(...operations)))).toEqual(want);
    });
  }

  it('renames by a value that also holds the id', () => {
    expect(applyPatch(GROUP, group, request({ op: 'replace', value: { id: 'x', displayName: 'owners' } }))).toEqual({
      ...group,
      displayName: 'owners',
    });
  });
});

describe('applyPatch refuses', () => {
  const cases: readonly [string, unknown, string][] = [
    ['a body that is none', 'x', 'ERR_SCIM_INVALID_SYNTAX'],
    [
      'a body of another schema',
      { schemas: [USER.schema], Operations: [{ op: 'add', value: {} }] },
      'ERR_SCIM_INVALID_SYNTAX',
    ],
    ['no operations', request(), 'ERR_SCIM_INVALID_SYNTAX'],
    ['an unknown operation', request({ op: 'move', path: 'active' }), 'ERR_SCIM_INVALID_SYNTAX'],
    ['a path that is not text', request({ op: 'add', path: 3, value: 1 }), 'ERR_SCIM_INVALID_PATH'],
    ['a path that can not be read', request({ op: 'add', path: 'emails[type eq', value: 1 }), 'ERR_SCIM_INVALID_PATH'],
    [
      'a path with a broken filter',
      request({ op: 'add', path: 'emails[type is "x"]', value: 1 }),
      'ERR_SCIM_INVALID_PATH',
    ],
    ['a path below a path', request({ op: 'add', path: 'name.givenName.x', value: 1 }), 'ERR_SCIM_INVALID_PATH'],
    ['a part of what has no parts', request({ op: 'add', path: 'userName.x', value: 'x' }), 'ERR_SCIM_INVALID_PATH'],
    [
      'a filter on one value',
      request({ op: 'add', path: 'name[x eq "y"].givenName', value: 'x' }),
      'ERR_SCIM_INVALID_PATH',
    ],
    ['a removal of nothing said', request({ op: 'remove', value: { active: true } }), 'ERR_SCIM_NO_TARGET'],
    [
      'a change of what only the server sets',
      request({ op: 'replace', path: 'id', value: 'x' }),
      'ERR_SCIM_MUTABILITY',
    ],
    ['a value without a path that is no object', request({ op: 'replace', value: [true] }), 'ERR_SCIM_INVALID_VALUE'],
    ['a value of another type', request({ op: 'replace', path: 'active', value: 'yes' }), 'ERR_SCIM_INVALID_VALUE'],
    [
      'values for a selection that can not be made',
      request({ op: 'replace', path: 'emails[type co "x"].value', value: 'x' }),
      'ERR_SCIM_NO_TARGET',
    ],
    [
      'very many operations',
      request(...Array(MAX_PATCH_OPERATIONS + 1).fill({ op: 'remove', path: 'title' })),
      'ERR_SCIM_TOO_LARGE',
    ],
  ];
  for (const [name, body, code] of cases) {
    it(name, () => {
      expect(() => applyPatch(USER, ada, body)).toThrow(expect.objectContaining({ code }));
    });
  }
});

describe('readAttributes', () => {
  it('keeps what the server has, under its own names, with values of their type', () => {
    expect(
      readAttributes(USER, {
        schemas: [USER.schema],
        ID: 'x',
        USERNAME: 'ada',
        Active: 'True',
        externalid: '00u1',
        emails: [{ VALUE: 'a@example.com', primary: 'true', extra: 1 }],
        name: { givenName: null, familyName: '' },
        roles: [],
        meta: { resourceType: 'User' },
        password: 'secret',
      }),
    ).toEqual({
      userName: 'ada',
      active: true,
      externalId: '00u1',
      emails: [{ value: 'a@example.com', primary: true }],
    });
  });

  for (const body of [
    null,
    [],
    'x',
    { userName: 3 },
    { emails: ['a'] },
    { active: 'yes' },
    { name: 'Ada' },
    { userName: 'x'.repeat(1_025) },
  ]) {
    it(`refuses ${JSON.stringify(body)?.slice(0, 40)}`, () => {
      expect(() => readAttributes(USER, body)).toThrow(expect.objectContaining({ code: 'ERR_SCIM_INVALID_VALUE' }));
    });
  }
});
