import { describe, expect, it } from 'vitest';
import { type RoleRule, tellingAction } from './telling-action.ts';

const VIEW: RoleRule[] = [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] }];
const EDIT: RoleRule[] = [...VIEW, { verbs: ['create'], apiGroups: [''], resources: ['pods', 'pods/exec'] }];
const ALL: RoleRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];

describe('the action that tells whether a role is in force', () => {
  const rules = new Map([
    ['view', VIEW],
    ['edit', EDIT],
    ['cluster-admin', ALL],
  ]);

  it('is one that the smaller roles do not allow', () => {
    expect(tellingAction('edit', rules)).toEqual({ verb: 'create', group: '', resource: 'pods', subresource: '' });
    expect(tellingAction('cluster-admin', rules)).toEqual({ verb: '*', group: '*', resource: '*', subresource: '' });
    expect(tellingAction('view', rules)).toEqual({ verb: 'get', group: '', resource: 'pods', subresource: '' });
  });

  it('is one on a named object where a role names objects', () => {
    const named: RoleRule[] = [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] }];
    const action = { verb: 'get', group: '', resource: 'secrets', subresource: '', name: 'a' };
    expect(tellingAction('named', new Map([['named', named]]))).toEqual(action);
  });

  it('is none where a role allows nothing that can be asked for', () => {
    expect(tellingAction('gone', rules)).toBeUndefined();
    expect(
      tellingAction('paths', new Map([['paths', [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }]]])),
    ).toBeUndefined();
  });
});
