import type { AuditEvent, AuditPipeline } from '@sallyport/audit';
import { describe, expect, it } from 'vitest';
import { createServerMetrics, type MetricSources } from './server-metrics.ts';

const SOURCES: MetricSources = {
  version: '1.2.3',
  isReady: () => false,
  openRequests: () => 7,
  tunnels: () => ({ tunnels: 3, clusters: 2 }),
  replicas: () => 2,
  snapshot: () => ({ isFresh: true, version: 41 }),
};

const pipeline = (record: AuditPipeline['record']): AuditPipeline => ({
  record,
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
});

/** A request that has ended. */
function completed(verb: string, subresource: string, durationMs: number): AuditEvent {
  const attributes = { kind: 'resource', verb, subresource, resource: 'pods', namespace: 'shop', path: '/x' };
  return {
    code: 'proxy.request.completed',
    request: { method: 'GET', path: '/x', attributes },
    outcome: { status: 200, bytesSent: 100, bytesReceived: 5, durationMs, ended: 'completed' },
  } as unknown as AuditEvent;
}

const linesOf = async (metrics: ReturnType<typeof createServerMetrics>) => (await metrics.render(SOURCES)).split('\n');

describe('the metrics of a server', () => {
  it('count requests by what they do, and time those that do not stream', async () => {
    const metrics = createServerMetrics();
    const counting = metrics.counting(pipeline(() => Promise.resolve()));
    for (const [verb, subresource] of [
      ['get', ''],
      ['get', 'log'],
      ['watch', ''],
      ['create', 'exec'],
      ['delete', ''],
    ] as const) {
      await counting.record(completed(verb, subresource, 20), 'prompt');
    }
    const lines = await linesOf(metrics);
    const of = (action: string) => `sallyport_proxy_requests_total{action="${action}",ended="completed",status="2xx"}`;
    expect(lines).toEqual(
      expect.arrayContaining([
        `${of('read')} 2`,
        `${of('watch')} 1`,
        `${of('connect')} 1`,
        `${of('write')} 1`,
        'sallyport_proxy_request_duration_seconds_count{action="read"} 1',
        'sallyport_proxy_request_duration_seconds_count{action="write"} 1',
        'sallyport_proxy_bytes_total{action="read",direction="sent"} 200',
        'sallyport_audit_events_total{code="proxy.request.completed"} 5',
      ]),
    );
    expect(lines.filter((line) => /duration_seconds_count\{action="(?:watch|connect)"/.test(line))).toEqual([]);
  });

  it('count events that could not be recorded, and pass the failure on', async () => {
    const metrics = createServerMetrics();
    const counting = metrics.counting(pipeline(() => Promise.reject(new Error('the disk is full'))));
    await expect(counting.record(completed('get', '', 1), 'prompt')).rejects.toThrow('the disk is full');
    const lines = await linesOf(metrics);
    expect(lines).toContain('sallyport_audit_failures_total{code="proxy.request.completed"} 1');
    expect(lines.some((line) => line.startsWith('sallyport_audit_events_total{'))).toBe(false);
  });

  it('have no label that a caller makes up', async () => {
    const metrics = createServerMetrics();
    metrics.answered('CANARY', 200, 0.01);
    const text = await metrics.render(SOURCES);
    expect(text).toContain('sallyport_api_request_duration_seconds_count{method="other",status="2xx"} 1');
    expect(text).not.toContain('CANARY');
  });

  it('look up what there is when they are asked for', async () => {
    expect(await linesOf(createServerMetrics())).toEqual(
      expect.arrayContaining([
        'sallyport_server_info{version="1.2.3"} 1',
        'sallyport_server_ready 0',
        'sallyport_proxy_requests_open 7',
        'sallyport_tunnels 3',
        'sallyport_clusters_connected 2',
        'sallyport_replicas 2',
        'sallyport_snapshot_fresh 1',
        'sallyport_snapshot_version 41',
      ]),
    );
  });
});
