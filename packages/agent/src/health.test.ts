import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type HealthServer, startHealthServer } from './health.ts';
import { createAgentMetrics } from './metrics.ts';

const servers: HealthServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('the health port', () => {
  it('tells liveness, readiness and metrics, and nothing else', async () => {
    const metrics = createAgentMetrics();
    let isReady = false;
    const server = await startHealthServer({ host: '127.0.0.1', port: 0, isReady: () => isReady, metrics });
    servers.push(server);
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return [response.status, await response.text()] as const;
    };
    expect(await get('/healthz')).toEqual([200, 'ok\n']);
    expect(await get('/readyz')).toEqual([503, 'no tunnel to the server is up\n']);
    isReady = true;
    expect(await get('/readyz')).toEqual([200, 'ok\n']);
    expect((await get('/readyz', 'POST'))[0]).toBe(405);
    for (const path of ['/', '/constructor', '/__proto__', '/healthz/x']) expect((await get(path))[0]).toBe(404);

    metrics.tunnelOpened();
    metrics.exchangeStarted();
    metrics.exchangeStarted();
    metrics.exchangeEnded();
    metrics.exchangeRefused('ERR_AGENT_EXCHANGE_REFUSED');
    metrics.certificateEnds(new Date(1_800_000_000_000));
    const [status, text] = await get('/metrics');
    expect(status).toBe(200);
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples.filter((line) => !line.startsWith('process_'))).toEqual([
      'sallyport_agent_exchanges_total 2',
      'sallyport_agent_exchanges_open 1',
      'sallyport_agent_exchanges_refused_total{code="ERR_AGENT_EXCHANGE_REFUSED"} 1',
      'sallyport_agent_tunnels 1',
      'sallyport_agent_dial_failures_total 0',
      'sallyport_agent_certificate_expiry_seconds 1800000000',
    ]);
    // Promtool's rule: each family has its HELP and TYPE once, before its samples, and the text ends with a line break.
    expect(text.endsWith('\n')).toBe(true);
    for (const line of samples) expect(text).toContain(`# TYPE ${line.split(/[ {]/)[0]} `);
  });

  it('SEC-D14 holds a thousand connections, closes those beyond, and answers again when some have ended', async () => {
    const metrics = createAgentMetrics();
    const server = await startHealthServer({ host: '127.0.0.1', port: 0, isReady: () => true, metrics });
    servers.push(server);
    const open = () => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      return socket.resume();
    };
    const held = Array.from({ length: 1_000 }, open);
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    const beyond = open();
    await new Promise((resolve) => beyond.on('close', resolve));
    for (const socket of held) socket.destroy();
    const get = () =>
      fetch(`http://127.0.0.1:${server.port}/healthz`).then(
        ({ status }) => status,
        () => undefined,
      );
    // The server hears of the ends in its own time.
    while ((await get()) !== 200) await new Promise((resolve) => setImmediate(resolve));
  });

  it('says which port is taken', async () => {
    const metrics = createAgentMetrics();
    const first = await startHealthServer({ host: '127.0.0.1', port: 0, isReady: () => true, metrics });
    servers.push(first);
    await expect(
      startHealthServer({ host: '127.0.0.1', port: first.port, isReady: () => true, metrics }),
    ).rejects.toMatchObject({
      code: 'ERR_AGENT_HEALTH_PORT',
      message: expect.stringContaining(`${first.port}`) as string,
    });
  });
});
