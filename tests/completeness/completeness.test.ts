import { join } from 'node:path';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { lacks, repository, run } from '../support/index.ts';
import { compare } from './compare.ts';

const MINUTES = 3;

describe.skipIf(lacks('cluster', 'auditLog', 'image', 'kubectl', 'postgres'))('the audit log under kills', () => {
  it(
    'SEC-G01 has each request that the cluster saw exactly once, with an outcome, on two servers that are killed at random',
    async () => {
      const words = [join(repository, 'tests/completeness/run.mjs'), '--minutes', String(MINUTES)];
      const outcome = await run(process.execPath, words, { timeoutMs: 10 * 60_000 });
      expect(outcome.stdout + outcome.stderr).toContain('complete: each log has what the other has');
      expect(outcome.code).toBe(0);
    },
    11 * 60_000,
  );
});

describe('the comparison of two logs', () => {
  const request = (id = createId('decision')) => ({ id, method: 'GET', path: '/api/v1/pods' });
  const outcome = { status: 200, bytesSent: 1, bytesReceived: 0, durationMs: 1, ended: 'completed' } as const;
  const pair = (asked = request()) => [
    anAuditEvent({ code: 'proxy.request.started', request: asked }),
    anAuditEvent({ code: 'proxy.request.completed', request: asked, outcome }),
  ];
  const seen = (id: string) => ({ auditId: id, stage: 'ResponseComplete', what: 'get /api/v1/pods' });

  it('finds nothing where each log has what the other has', () => {
    const asked = request();
    expect(compare([seen(asked.id)], pair(asked)).faults).toEqual([]);
  });

  it('finds a request that reached the cluster twice', () => {
    const asked = request();
    const started = { ...seen(asked.id), stage: 'ResponseStarted' };
    expect(compare([started, seen(asked.id)], pair(asked)).faults).toEqual([]);
    expect(compare([seen(asked.id), seen(asked.id)], pair(asked)).faults).toHaveLength(1);
  });

  it('finds a request that only the cluster saw, one without an end, and one that only we claim', () => {
    const [missing, endless, invented] = [request(), request(), request()];
    const events = [...pair(endless).slice(0, 1), ...pair(invented)];
    const { faults } = compare([seen(missing.id), seen(endless.id)], events);
    expect(faults).toHaveLength(4);
    for (const { id } of [missing, endless, invented]) expect(faults.some((fault) => fault.includes(id))).toBe(true);
  });
});
