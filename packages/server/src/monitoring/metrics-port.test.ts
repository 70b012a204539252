import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type MetricsPort, openMetricsPort } from './metrics-port.ts';

describe('the port of metrics', () => {
  let port: MetricsPort | undefined;
  afterEach(() => port?.close());

  const open = async (render: () => Promise<string>) => {
    port = await openMetricsPort({ host: '127.0.0.1', port: 0, render });
    return (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port?.port}${path}`, { method });
  };

  it('serves one path, to readers', async () => {
    const ask = await open(() => Promise.resolve('up 1\n'));
    const answer = await ask('/metrics');
    expect([answer.status, await answer.text()]).toEqual([200, 'up 1\n']);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect((await ask('/metrics', 'HEAD')).status).toBe(200);
    expect((await ask('/metrics', 'POST')).status).toBe(405);
    expect((await ask('/')).status).toBe(404);
  });

  it('tells nothing of what went wrong', async () => {
    const ask = await open(() => Promise.reject(new Error('canary')));
    const answer = await ask('/metrics');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('canary');
  });

  it('ends with connections open', async () => {
    await open(() => Promise.resolve(''));
    const socket = connect({ host: '127.0.0.1', port: port?.port ?? 0 });
    await once(socket, 'connect');
    await port?.close();
    if (!socket.closed) await once(socket, 'close');
  });
});
