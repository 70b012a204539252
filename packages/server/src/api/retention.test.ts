import { ApiProblemError } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessWorld, emailOf, startAccessWorld } from './testing/access-world.ts';

describe('retention and legal holds by the API', () => {
  let world: AccessWorld;
  let organization: string;
  beforeAll(async () => {
    world = await startAccessWorld();
    ({ organization } = world);
  }, 120_000);
  afterAll(() => world?.close());

  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: unknown) => (error instanceof ApiProblemError ? error.problem : { code: String(error) }),
    );

  it('show the defaults, take what is set, and refuse a change of what has changed meanwhile', async () => {
    const { api } = world.people.ada;
    const before = await api.getAuditRetention({ organization });
    expect(before).toMatchObject({ metadata: { resourceVersion: '0' }, spec: {} });
    expect(before.status.effective).toMatchObject({ proxy: '365d', admin: '2555d', recordings: '365d' });
    const ifMatch = before.metadata.resourceVersion;
    const set = await api.setAuditRetention({ organization, body: { proxy: '90d', admin: 'forever' } }, { ifMatch });
    expect(set).toMatchObject({
      metadata: { resourceVersion: '1' },
      spec: { proxy: '90d', admin: 'forever' },
      status: { effective: { proxy: '90d', admin: 'forever', login: '2555d' } },
    });
    expect(await refusal(api.setAuditRetention({ organization, body: {} }, { ifMatch }))).toMatchObject({
      code: 'ERR_API_PRECONDITION',
    });
    expect(await refusal(api.setAuditRetention({ organization, body: { proxy: '1h' } }))).toMatchObject({
      code: 'ERR_API_REQUEST_INVALID',
    });
  });

  it('order a hold under a name of its own, show it, and release it once', async () => {
    const { api } = world.people.ada;
    const body = { name: 'case-1', reason: 'asked for', selection: { principal: emailOf('dora'), cluster: 'prod' } };
    expect(await api.createLegalHold({ organization, body })).toMatchObject({
      name: 'case-1',
      selection: { principal: emailOf('dora'), cluster: 'prod' },
      createdBy: emailOf('ada'),
    });
    expect(await refusal(api.createLegalHold({ organization, body }))).toMatchObject({ code: 'ERR_API_CONFLICT' });
    const unknown = { ...body, name: 'case-2', selection: { cluster: 'nowhere' } };
    expect(await refusal(api.createLegalHold({ organization, body: unknown }))).toMatchObject({
      code: 'ERR_API_NOT_FOUND',
    });
    expect((await api.listLegalHolds({ organization })).items.map(({ name }) => name)).toEqual(['case-1']);
    const release = { organization, name: 'case-1', body: { reason: 'closed' } };
    expect(await api.releaseLegalHold(release)).toMatchObject({ released: { by: emailOf('ada'), reason: 'closed' } });
    expect(await refusal(api.releaseLegalHold(release))).toMatchObject({ code: 'ERR_API_NOT_FOUND' });
    expect((await api.listLegalHolds({ organization })).items).toEqual([]);
    expect((await api.listLegalHolds({ organization, state: 'all' })).items).toHaveLength(1);
  });

  it('are closed to whoever lacks the permission', async () => {
    const { api } = world.people.vera;
    const body = { name: 'case-3', reason: 'mine' };
    for (const call of [
      () => api.getAuditRetention({ organization }),
      () => api.setAuditRetention({ organization, body: {} }),
      () => api.listLegalHolds({ organization }),
      () => api.createLegalHold({ organization, body }),
      () => api.releaseLegalHold({ organization, name: 'case-1', body: { reason: 'mine' } }),
    ]) {
      expect(await refusal(call())).toMatchObject({ code: 'ERR_API_FORBIDDEN' });
    }
  });
});
