import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { startMinimal } from '../minimal/minimal.ts';
import { createPortal } from './portal.ts';

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const folder = mkdtempSync(join(tmpdir(), 'sallyport-embed-in-fastify-'));
const port = Number(process.env['PORT'] ?? 8443);
const password = new Secret(randomBytes(9).toString('base64url'));
const ada = { email: 'ada@example.com', name: 'Ada', groups: ['admins'], password };
// The portal's origin is the server's; agents have a port of their own.
const config = { publicUrl: `https://127.0.0.1:${port}`, agentListen: { host: '127.0.0.1', port: 0 } };
const { server, stopped } = await startMinimal(folder, [ada], stopping.signal, { config });
const portal = createPortal(server);
await portal.listen({ host: '127.0.0.1', port });
process.stdout.write(`sallyport login ${server.publicUrl} --ca-file ${join(folder, 'server', 'ca.pem')}\n`);
process.stdout.write(`as ${ada.email}, password ${password.reveal()}\n`);
await stopped;
await portal.close();
