import type { AuditSink } from '@sallyport/audit';
import { AuditError } from '@sallyport/audit';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, type RoleId } from '@sallyport/core';
import { createTextReader } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestSigner, indexAndSign } from '../audit/testing/checkpoints.ts';
import { type CommandLine, logIn } from '../authn/testing/command-line.ts';
import { type Installation, startInstallation } from '../authn/testing/installation.ts';
import { putBinding } from '../testing/writes.ts';
import { refusal } from './testing/access-world.ts';

describe('how audit sinks and witnesses do, over REST', () => {
  const signer = createTestSigner();
  let installation: Installation;
  let ada: CommandLine;
  let isAway = true;
  const sink: AuditSink = {
    name: 'archive',
    async write() {
      if (isAway) throw new AuditError({ code: 'ERR_AUDIT_SINK', message: 'the archive is closed for repair' });
    },
    async close() {},
  };

  beforeAll(async () => {
    const bounds = { delivery: 'required', maxEvents: 5, maxTimeMs: 3_600_000 } as const;
    installation = await startInstallation({
      api: { auditProof: { keys: signer.keys, witnesses: ['offsite'] } },
      auditSinks: { configured: [{ name: 'archive', sink, bounds, wants: () => true }] },
    });
    ada = await logIn(installation, 'ada@example.com');
  }, 60_000);
  afterAll(() => installation?.close());

  const grow = async (count: number) => {
    const { id: organizationId } = installation.organization;
    await installation.store.appendAudit(
      Array.from({ length: count }, () => anAuditEvent({ organizationId, at: new Date() })),
    );
    await indexAndSign(installation.store, signer);
  };
  const found = async (type: 'sink' | 'witness') =>
    (await ada.api.getAuditDelivery({})).items.find(
      (each) => each.type === type && each.log === installation.organization.id,
    );
  const metrics = async () => {
    const { fetch, publicUrl: baseUrl } = installation;
    const read = createTextReader({ baseUrl, fetch, keys: ada.keys, accessToken: () => ada.tokens.accessToken });
    const { headers, chunks } = await read('getAuditDeliveryMetrics', {});
    let text = '';
    for await (const chunk of chunks) text += chunk;
    return { type: headers.get('content-type'), text };
  };

  it('SEC-H02 is for those who may read the settings of the installation', async () => {
    expect(await refusal(ada.api.getAuditDelivery({}))).toMatchObject({ status: 403, code: 'ERR_API_FORBIDDEN' });
    await expect(metrics()).rejects.toMatchObject({ problem: { status: 403 } });
    const { organization, snapshots, store } = installation;
    const role = snapshots.current().find('Role', 'installation-admin', organization.id);
    const { principal } = await ada.api.whoAmI();
    await store.transact((tx) =>
      putBinding(tx, {
        ...{ id: createId('binding'), organizationId: organization.id, roleId: role?.id as RoleId },
        subjects: [{ kind: 'principal', id: principal.id }],
        scope: { kind: 'installation' },
      }),
    );
    await snapshots.refresh();
    await expect(ada.api.getAuditDelivery({})).resolves.toBeDefined();
  });

  it('shows a sink of the configuration that fails, one that requests are refused for, and one that is well again', async () => {
    await grow(3);
    await expect.poll(() => found('sink'), { timeout: 10_000 }).toBeDefined();
    await grow(2);
    await expect
      .poll(() => found('sink'), { timeout: 10_000 })
      .toMatchObject({
        ...{ name: 'archive', state: 'failing', eventsBehind: expect.any(Number) },
        ...{ failingSince: expect.any(Date), waitingSince: expect.any(Date) },
        lastError: 'the archive is closed for repair',
      });
    await grow(6);
    await expect.poll(() => found('sink'), { timeout: 10_000 }).toMatchObject({ state: 'refusing' });
    const { type, text } = await metrics();
    expect(type).toContain('application/openmetrics-text');
    const labels = `type="sink",name="archive",organization="",log="${installation.organization.id}"`;
    expect(text).toMatch(new RegExp(`^sallyport_audit_receiver_events_behind{${labels}} ([6-9]|\\d\\d)$`, 'm'));
    expect(text).toContain(`sallyport_audit_receiver_refusing{${labels}} 1\n`);
    expect(text.endsWith('# EOF\n')).toBe(true);
    isAway = false;
    await expect
      .poll(() => found('sink'), { timeout: 20_000 })
      .toMatchObject({ state: 'delivering', eventsBehind: 0, lastDeliveredAt: expect.any(Date) });
    expect(await found('sink')).not.toHaveProperty('lastError');
  }, 60_000);

  it('shows how far a witness is behind the newest checkpoint, and since when it fails', async () => {
    const log = installation.organization.id;
    const { size = 0 } = (await installation.store.auditProof.newestCheckpoint(log)) ?? {};
    const put = (more: object) =>
      installation.store.transact((tx) => tx.auditProof.putWitnessed({ witness: 'offsite', log, size, ...more }));
    // One that was not handed anything yet is there, too; one that is configured no more is not.
    expect(await found('witness')).toMatchObject({ name: 'offsite', state: 'delivering', eventsBehind: size });
    await installation.store.transact((tx) => tx.auditProof.putWitnessed({ witness: 'former', log, size: 1 }));
    expect((await ada.api.getAuditDelivery({})).items.filter(({ name }) => name === 'former')).toEqual([]);
    await put({ at: new Date() });
    expect(await found('witness')).toMatchObject({ name: 'offsite', state: 'delivering', eventsBehind: 0 });
    await grow(4);
    await put({ failingSince: new Date(Date.now() - 60_000) });
    const failing = await found('witness');
    expect(failing).toMatchObject({ state: 'failing' });
    expect(failing?.eventsBehind).toBeGreaterThanOrEqual(4);
    expect((await metrics()).text).toMatch(/failing_seconds\{type="witness",name="offsite",[^}]*\} 6\d/);
  });
});
