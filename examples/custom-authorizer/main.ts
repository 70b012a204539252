import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { Secret } from '@sallyport/core';
import { startMinimal } from '../minimal/minimal.ts';
import { createServiceAuthorizer } from './service-authorizer.ts';

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());

// The policy service: nothing is deleted while it runs, whatever one's role.
async function judge(request: IncomingMessage): Promise<string> {
  const { verb } = (await json(request)) as { readonly verb: string };
  return JSON.stringify(
    verb.startsWith('delete') ? { allowed: false, reason: 'deletions are frozen' } : { allowed: true },
  );
}
const service = createServer((request, response) => {
  judge(request).then(
    (verdict) => response.end(verdict),
    () => response.writeHead(400).end(),
  );
});
await once(service.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;

const folder = mkdtempSync(join(tmpdir(), 'sallyport-custom-authorizer-'));
const password = new Secret(randomBytes(9).toString('base64url'));
const ada = { email: 'ada@example.com', name: 'Ada', groups: ['admins'], password };
const outsideAuthorizer = createServiceAuthorizer({ url, answerLifeMs: 5_000, maxAnswers: 10_000 });
const { server, stopped } = await startMinimal(folder, [ada], stopping.signal, { outsideAuthorizer });
process.stdout.write(`sallyport login ${server.publicUrl} --ca-file ${join(folder, 'server', 'ca.pem')}\n`);
process.stdout.write(`as ${ada.email}, password ${password.reveal()}; then try to delete a pod\n`);
await stopped;
service.close();
