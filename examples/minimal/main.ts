import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { startMinimal } from './minimal.ts';

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const folder = mkdtempSync(join(tmpdir(), 'sallyport-minimal-'));
const ada = { email: 'ada@example.com', name: 'Ada', groups: ['admins'] };
const password = new Secret(randomBytes(9).toString('base64url'));
const { server, stopped } = await startMinimal(folder, [{ ...ada, password }], stopping.signal);
process.stdout.write(`sallyport login ${server.publicUrl} --ca-file ${join(folder, 'server', 'ca.pem')}\n`);
process.stdout.write(`as ${ada.email}, password ${password.reveal()}\n`);
await stopped;
