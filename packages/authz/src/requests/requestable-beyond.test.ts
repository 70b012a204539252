import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile-policy.ts';
import type { Role } from '../policy.ts';
import { aBinding, anAccessQuery, aRequestPolicy, aRole } from '../testing/fixtures.ts';
import { requestableBeyond } from './requestable-beyond.ts';

const bare = (name: string, ceiling: string): Role => ({
  ...aRole(),
  id: `rol_${name}` as Role['id'],
  name,
  ceilingGroups: [ceiling],
  permissions: [],
});
const viewer = bare('viewer', 'sallyport:view');
const another = bare('another-viewer', 'sallyport:view');
const developer = bare('developer', 'sallyport:edit');
const dba = bare('dba', 'example:dba');
const admin = bare('admin', 'sallyport:admin');

const beyond = (held: readonly Role[], asked: readonly Role[] = [viewer, another, developer, dba, admin]) =>
  requestableBeyond(
    compilePolicy(
      {
        roles: [viewer, another, developer, dba, admin],
        bindings: held.map((role, index) => ({ ...aBinding(), id: `bnd_${index}` as never, roleId: role.id })),
        requestPolicies: [aRequestPolicy({ roleIds: asked.map(({ id }) => id) })],
      },
      1,
    ),
    anAccessQuery(),
  ).map(({ role }) => role);

describe('requestableBeyond', () => {
  it('offers roles with more than was held, the least powerful first, and none with as much', () => {
    expect(beyond([viewer])).toEqual(['developer', 'admin', 'dba']);
    expect(beyond([viewer, developer])).toEqual(['admin', 'dba']);
    expect(beyond([admin])).toEqual(['dba']);
  });

  it('offers nothing that may not be asked for', () => {
    expect(beyond([viewer], [another])).toEqual([]);
    expect(beyond([viewer], [dba])).toEqual(['dba']);
  });
});
