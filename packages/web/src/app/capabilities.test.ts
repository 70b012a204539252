import { PERMISSION_CATALOGUE } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { areaOf, areasFor, may, mayAnywhere } from './capabilities.ts';

const idsFor = (permissions: readonly string[]) =>
  areasFor({ permissionsAnywhere: [...permissions] }).map(({ id }) => id);

describe('areasFor', () => {
  it('offers everybody what shows their own', () => {
    expect(idsFor([])).toEqual(['access', 'requests', 'clusters', 'terminal', 'recordings', 'audit']);
    expect(areasFor(undefined)).toHaveLength(6);
  });

  it('offers what somebody may read, and all of it to whoever may do all', () => {
    expect(idsFor(['roles.read', 'groups.read']).slice(6)).toEqual(['people', 'roles']);
    expect(idsFor(Object.keys(PERMISSION_CATALOGUE))).toHaveLength(12);
  });
});

describe('areaOf', () => {
  it('finds the area of an address, and none of a foreign one', () => {
    expect(areaOf('/')).toBe('access');
    expect(areaOf('/access/new')).toBe('requests');
    expect(areaOf('/clusters/prod/browse/pods')).toBe('clusters');
    expect(areaOf('/service-accounts')).toBe('people');
    expect(areaOf('/clustersome')).toBeUndefined();
  });
});

describe('may', () => {
  it('says no while nothing is known', () => {
    expect(may(undefined, 'roles.read')).toBe(false);
    expect(may({ permissions: ['roles.read'] }, 'roles.read')).toBe(true);
    expect(mayAnywhere(undefined, 'roles.read')).toBe(false);
    expect(mayAnywhere({ permissionsAnywhere: ['roles.read'] }, 'roles.read')).toBe(true);
  });
});
