import { afterEach, describe, expect, it } from 'vitest';
import { lacks } from '../support/index.ts';
import { ORGANIZATION, type Replicas, startReplicas } from './harness.ts';

describe.skipIf(lacks('postgres'))('replicas that start at once', () => {
  let replicas: Replicas | undefined;
  afterEach(() => replicas?.close(), 30_000);

  it('SEC-H13 set the empty database up together, once', async () => {
    replicas = await startReplicas({ isAtOnce: true });
    const { organizations, projects, roles, bindings, identityProviders, principals } = (
      await replicas.store.changes.read()
    ).records;
    expect(organizations?.map(({ name }) => name)).toEqual([ORGANIZATION]);
    expect(projects).toHaveLength(1);
    for (const named of [roles, bindings, identityProviders]) {
      const names = named?.map(({ name }) => name) ?? [];
      expect(new Set(names).size).toBe(names.length);
      expect(names).not.toEqual([]);
    }
    const bound = bindings?.map(({ roleId, subjects }) => JSON.stringify([roleId, subjects])) ?? [];
    expect(new Set(bound).size).toBe(bound.length);
    expect(principals?.filter(({ kind }) => kind === 'system')).toHaveLength(1);
    // Both know each other's keys: a login of either is one of both.
    const { a, b } = replicas;
    const person = await replicas.logIn(a, 'owner');
    expect(await a.api(person).whoAmI()).toEqual(await b.api(person).whoAmI());
  });
});
