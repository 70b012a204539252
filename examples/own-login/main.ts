import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import express from 'express';
import { startMinimal } from '../minimal/minimal.ts';
import { createIdentityProvider } from './identity-provider.ts';

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const login = createServer();
await once(login.listen(0, '127.0.0.1'), 'listening');
const issuer = `http://127.0.0.1:${(login.address() as AddressInfo).port}`;
const [id, secret] = ['sallyport', randomBytes(32).toString('base64url')];

// Plain http, and an issuer on loopback, are for tries alone: production mode refuses both.
const provider = { name: 'ours', displayName: 'Ours', issuer, clientId: id, clientSecret: new Secret(secret) };
const config = {
  identityProviders: [{ ...provider, oauthScopes: ['openid'], userNameClaim: 'email', groupsClaim: 'groups' }],
  bindings: [{ role: 'admin', identityProvider: 'ours', group: 'admins' }] as const,
};
const folder = mkdtempSync(join(tmpdir(), 'sallyport-own-login-'));
const { server, stopped } = await startMinimal(folder, [], stopping.signal, { config });

// The login: who presses the button is Ada.
let isAda = false;
const app = express();
const callbackUrl = `${server.publicUrl}/login/callback/default/ours`;
const identityOf = () => (isAda ? { email: 'ada@example.com', groups: ['admins'] } : undefined);
app.use(await createIdentityProvider({ issuer, id, secret, callbackUrl }, identityOf, '/login?next='));
app.get('/login', (_request, response) => void response.send('<form method="post"><button>I am Ada</button></form>'));
app.post('/login', (request, response) => {
  isAda = true;
  response.redirect(303, `${request.query['next']}`);
});
login.on('request', app);
process.stdout.write(`sallyport login ${server.publicUrl} --ca-file ${join(folder, 'server', 'ca.pem')}\n`);
await stopped;
login.close();
