import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent, AuditPipeline } from '@sallyport/audit';
import { createId, silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import type { LiveLogin } from '../authn/login-sessions.ts';
import { testDatabases } from '../stores/testing.ts';
import { TERMINAL_LIMITS } from './limits.ts';
import { createTerminals, type TerminalsOptions } from './terminals.ts';

describe('terminals of a server that was killed', () => {
  it('SEC-H10 are interrupted at the next start, in the audit log and for whoever had them', async () => {
    const clock = createFakeClock(new Date());
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-terminals-'));
    const [id, mine, theirs] = [createId('terminal'), createId('principal'), createId('principal')];
    const [killed, replicaId] = [createId('replica'), createId('replica')];
    const [database] = testDatabases(undefined);
    const { store, drop } = (await database?.open({ clock })) ?? expect.fail('there is always one');
    await store.replicas.renew(killed, 60_000);
    const startedAt = new Date(clock.now());
    const expiresAt = new Date(clock.now() + TERMINAL_LIMITS.lifetimeMs);
    const open = { id, replicaId: killed, principalId: mine, clusterName: 'demo', startedAt, expiresAt };
    await store.transact(({ terminals }) => terminals.open(open, 1));
    mkdirSync(join(folder, 'open'));
    const facts = { organizationId: createId('organization'), clusterName: 'demo', principal: { id: mine } };
    writeFileSync(join(folder, 'open', id), JSON.stringify(facts));
    writeFileSync(join(folder, 'open', 'torn'), '{"organizationId":');
    const events: AuditEvent[] = [];
    const audit = { record: async (event: AuditEvent) => void events.push(event) } as unknown as AuditPipeline;
    let sweptCount = 0;
    const runner = { isolation: 'namespaces', sweep: async () => void sweptCount++ } as const;
    clock.advance(1_000);
    const terminals = createTerminals({
      engine: Promise.resolve({ runner, kubectlVersion: 'v1.36.4' }),
      limits: TERMINAL_LIMITS,
      folder,
      snapshots: { onChange: () => () => {} },
      store,
      replicaId,
      audit,
      clock,
      logger: silentLogger,
    } as unknown as TerminalsOptions);
    const of = (principalId: string) => ({ principal: { id: principalId } }) as unknown as LiveLogin;
    expect(await terminals.list(of(mine))).toMatchObject({
      items: [],
      ended: [{ id, cluster: 'demo', reason: 'interrupted', endedAt: new Date(clock.now()) }],
    });
    expect((await terminals.list(of(theirs))).ended).toEqual([]);
    expect(events).toMatchObject([{ code: 'terminal.ended', details: { terminalId: id, reason: 'interrupted' } }]);
    expect([readdirSync(join(folder, 'open')), sweptCount]).toEqual([[], 1]);
    await terminals.close();
    await drop();
  });
});
