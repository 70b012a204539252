import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { bindListener, type Listener, type ListenerLimits } from './listener.ts';

let listener: Listener;
const clients: Socket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await listener.close();
});

/** Greets whoever is let in. */
async function greeting(limits: Partial<ListenerLimits>): Promise<void> {
  listener = await bindListener({ host: '127.0.0.1', port: 0, limits });
  listener.onConnection((socket) => {
    socket.write('hello');
    socket.resume().on('end', () => socket.end());
  });
}

/** Whether a connection from `localAddress` is greeted; otherwise it is closed. */
async function isLetIn(localAddress = '127.0.0.1'): Promise<boolean> {
  const client = connect({ port: listener.port, host: '127.0.0.1', localAddress });
  clients.push(client);
  client.on('error', () => {});
  const came = new Promise<boolean>((resolve) => {
    client.once('data', () => resolve(true));
    client.once('close', () => resolve(false));
  });
  return came;
}

describe('a port', () => {
  it('SEC-D14 holds so many connections of one address, and others beside them; an end makes room', async () => {
    await greeting({ maxConnectionsPerAddress: 3 });
    for (let i = 0; i < 3; i++) expect(await isLetIn()).toBe(true);
    expect(await isLetIn()).toBe(false);
    expect(await isLetIn('127.0.0.2')).toBe(true);
    const [first] = clients as [Socket];
    first.destroy();
    await once(first, 'close');
    // The server hears of the end in its own time.
    while (!(await isLetIn())) await new Promise((resolve) => setImmediate(resolve));
  });

  it('SEC-D14 holds so many connections in all', async () => {
    await greeting({ maxConnections: 2 });
    expect(await isLetIn()).toBe(true);
    expect(await isLetIn('127.0.0.2')).toBe(true);
    expect(await isLetIn('127.0.0.3')).toBe(false);
  });
});
