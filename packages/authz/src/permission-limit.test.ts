import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { createPermissionIndex } from './permission-index.ts';
import { aBinding, aPrincipal, aRole } from './testing/fixtures.ts';

describe('a principal whose permissions are limited', () => {
  const role = aRole({ permissions: ['clusters.read', 'clusters.create', 'users.read'] });
  const index = createPermissionIndex(compilePolicy({ roles: [role], bindings: [aBinding()] }, 1));
  const principal = aPrincipal();
  const target = { kind: 'organization', organizationId: principal.organizationId } as const;

  it('has those that both the limit and a role give', () => {
    const limited = { ...principal, permissionLimit: ['clusters.read', 'audit.read'] };
    expect([...index.permissionsOf(limited, target)]).toEqual(['clusters.read']);
    expect(index.permits(limited, 'clusters.read', target)).toBe(true);
    expect(index.permits(limited, 'clusters.create', target)).toBe(false);
    expect(index.permits(limited, 'audit.read', target)).toBe(false);
    expect(index.visible(limited, 'clusters.create')).not.toBe('all');
  });

  it('has none under an empty limit, and all without one', () => {
    expect([...index.permissionsOf({ ...principal, permissionLimit: [] }, target)]).toEqual([]);
    expect([...index.permissionsOf(principal, target)].sort()).toEqual([...role.permissions].sort());
  });
});
