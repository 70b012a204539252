import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it } from 'vitest';
import { createWebApp } from './web-app.ts';

it('SEC-G09 is not ready while the audit log takes no events, and says so to whoever asks', async () => {
  let problems: readonly string[] = [];
  const unasked = () => Promise.reject(new Error('not asked'));
  const app = createWebApp(express(), {
    enrol: unasked,
    standing: unasked,
    problems: () => problems,
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    return [response.status, await response.text()];
  };
  try {
    expect(await ask('/readyz')).toEqual([200, 'ok\n']);
    problems = ['the audit log takes no events'];
    expect(await ask('/readyz')).toEqual([503, 'the audit log takes no events\n']);
    // It lives: to start it anew would help nobody.
    expect(await ask('/healthz')).toEqual([200, 'ok\n']);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
