import { aPrincipal } from '@sallyport/authz/testing';
import { createId } from '@sallyport/core';
import { expect, it, vi } from 'vitest';
import { aSnapshot } from '../testing/records.ts';
import { createSearchTexts, textOf } from './search-text.ts';

const described = (name: string, spec: unknown) => ({ metadata: { name, id: createId('principal') }, spec });

it('looks through name, id and every text of the spec, whatever the letter case and Unicode form', () => {
  const resource = described('A\u0308nn', { list: [{ deep: 'ＤＥＥＰ' }], count: 987_654, absent: undefined });
  const text = textOf(resource);
  for (const part of ['änn', resource.metadata.id, 'deep']) expect(text).toContain(part);
  expect(text).not.toContain('987654');
});

it('describes a record once, until it or what its spec names has changed', () => {
  const organizationId = aPrincipal().organizationId;
  const records = { organizations: [{ id: organizationId, name: 'acme' }], principals: [aPrincipal()] };
  const snapshot = aSnapshot(records);
  const [record] = snapshot.principals.values();
  if (record === undefined) throw new Error('no record');
  const describe = vi.fn(() => described('ann', {}));
  const search = (of: object, at: typeof snapshot) => createSearchTexts('User', at)(of, describe);
  for (let i = 0; i < 3; i++) search(record, snapshot);
  expect(describe).toHaveBeenCalledTimes(1);
  const later = { ...snapshot, loginSessions: new Map() };
  search(record, later);
  expect(describe).toHaveBeenCalledTimes(1);
  search(record, { ...later, identityProviders: new Map() });
  expect(describe).toHaveBeenCalledTimes(2);
  search({ ...record }, { ...later, identityProviders: new Map() });
  expect(describe).toHaveBeenCalledTimes(3);
});
