import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAgentMetrics } from '@sallyport/agent';
import type { FakeKubeApiServer } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVER_METRICS } from '../../packages/server/src/monitoring/catalogue.ts';
import { startFakeCluster } from '../stack/fake-account.ts';
import { fetchTrusting } from '../stack/login.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { freePort, lacks, part, repository, run, temporaryFolder } from '../support/index.ts';

const folder = join(repository, 'deploy/monitoring');
const alerts = readFileSync(join(folder, 'alerts.yaml'), 'utf8');
const dashboard = JSON.parse(readFileSync(join(folder, 'dashboard.json'), 'utf8')) as {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
};
const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
/** Every name of ours in a text, without what a histogram adds. */
const namesIn = (text: string) =>
  new Set(
    [...text.matchAll(/\bsallyport_[a-z_]+\b/g)].map(([name]) =>
      name.replace(/_seconds_(?:bucket|sum|count)$/, '_seconds'),
    ),
  );

describe('the metrics of a server', () => {
  let cluster: FakeKubeApiServer;
  let stack: Stack;
  let text: string;
  beforeAll(async () => {
    const started = await startFakeCluster();
    cluster = started.cluster;
    const port = await freePort();
    stack = await startStack({
      kubeconfig: started.kubeconfig,
      config: { metricsListen: { host: '127.0.0.1', port } },
    });
    const doFetch = fetchTrusting(stack.server.caPem);
    const token = await stack.token('developer');
    const ask = async (bearer: string, path: string) => {
      const headers = { authorization: `Bearer ${bearer}` };
      return (await doFetch(`${stack.server.publicUrl}/k/demo/demo${path}`, { headers })).text();
    };
    await ask(token, '/api/v1/namespaces/payments/pods');
    await ask(token, '/api/v1/namespaces/payments/configmaps');
    await ask('of-nobody', '/api/v1/namespaces/payments/pods');
    text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }, 60_000);
  afterAll(async () => {
    await stack?.close();
    await cluster?.close();
  });

  const value = (sample: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${sample} `))
        ?.split(' ')
        .at(-1),
    );

  it('count what people do, and tell how the server does', () => {
    expect(value('sallyport_proxy_requests_total{action="none",ended="refused",status="4xx"}')).toBe(1);
    // What the inventory reads is among them.
    expect(
      value('sallyport_proxy_requests_total{action="read",ended="completed",status="2xx"}'),
    ).toBeGreaterThanOrEqual(2);
    expect(value('sallyport_audit_events_total{code="proxy.request.denied"}')).toBe(1);
    expect(value('sallyport_tunnels')).toBe(1);
    expect(value('sallyport_clusters_connected')).toBe(1);
    expect(value('sallyport_server_ready')).toBe(1);
    expect(value('sallyport_snapshot_fresh')).toBe(1);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  });

  it('are those of the catalogue, each with its type and words, and name nobody', () => {
    for (const [name, { type, help }] of Object.entries(SERVER_METRICS)) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
    expect([...namesIn(text)].sort()).toEqual(Object.keys(SERVER_METRICS).sort());
    for (const name of ['developer', 'payments', 'demo', 'of-nobody']) expect(text).not.toContain(`"${name}`);
  });

  it.skipIf(lacks('promtool'))('are what Prometheus wants metrics to be', async () => {
    const { code, stdout, stderr } = await run(part('promtool'), ['check', 'metrics'], { input: text });
    // Names of the process are prom-client's.
    const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('sallyport_'));
    expect([code === 0 || code === 3, ours]).toEqual([true, []]);
  });
});

describe('alerts and dashboard', () => {
  it('use metrics that there are', () => {
    const known = new Set([...Object.keys(SERVER_METRICS), ...namesIn(createAgentMetrics().render())]);
    const used = [...namesIn(`${alerts}\n${expressions.join('\n')}`)];
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  it.skipIf(lacks('promtool'))('fire when they should, and not before', async () => {
    const { code, stdout, stderr } = await run(part('promtool'), ['test', 'rules', 'alerts.test.yaml'], {
      cwd: folder,
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('SUCCESS');
    const tests = readFileSync(join(folder, 'alerts.test.yaml'), 'utf8');
    for (const [, name = ''] of alerts.matchAll(/alert: (\w+)/g)) expect(tests).toContain(name);
  });

  it.skipIf(lacks('promtool'))('ask in PromQL', async () => {
    const rules = expressions.map((expr, i) => ({
      record: `panel:${i}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const file = join(temporaryFolder(), 'panels.json');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    const { code, stdout, stderr } = await run(part('promtool'), ['check', 'rules', file]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`${rules.length} rules found`);
  });
});
