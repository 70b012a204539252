// Shows: an internal portal in express, with a login of its own, that gives its people kubectl and a page where they approve
// requests. Sallyport runs inside of it; whoever is signed in to the portal needs no second login.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { SallyportServer } from '@sallyport/server';
import { build } from 'esbuild';
import express, { type Express, type Request } from 'express';
import { type Client, createIdentityProvider, type Identity } from '../own-login/identity-provider.ts';

const LOGIN = '/portal/login?next=';
const FORM =
  '<form method="post"><input name="email"><input name="password" type="password"><button>Sign in</button></form>';
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:";
const page = (content: string) => `<!doctype html><meta charset="utf-8"><title>Portal</title>${content}`;

/** Makes the portal around a server whose public address is the portal's own. `signIn` is whatever login the portal has. */
export async function createPortal(
  server: SallyportServer,
  client: Client,
  signIn: (email: string, password: string) => Identity | undefined,
): Promise<Express> {
  const sessions = new Map<string, Identity>();
  const identityOf = (request: Request) =>
    sessions.get(/(?:^|; )portal=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '');
  const entryPoints = [fileURLToPath(new URL('approvals.jsx', import.meta.url))];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    outdir: '/',
    write: false,
  });

  const app = express();
  // Before anything reads a body: uploads to a cluster are streams of any length.
  app.use(server.mount.request);
  app.use(new URL(client.issuer).pathname, await createIdentityProvider(client, identityOf, LOGIN));
  app.get('/portal/login', (_request, response) => void response.send(page(FORM)));
  app.post('/portal/login', express.urlencoded({ extended: false }), (request, response) => {
    const { email, password } = request.body as Record<string, string>;
    const identity = signIn(`${email}`, `${password}`);
    if (identity === undefined) return void response.status(401).send(page(FORM));
    const id = randomBytes(32).toString('base64url');
    sessions.set(id, identity);
    response.cookie('portal', id, { httpOnly: true, secure: true, sameSite: 'lax' });
    // Only within the portal: a link that somebody else made must not lead away from it.
    const next = `${request.query['next']}`;
    response.redirect(303, /^\/(?![/\\])/.test(next) ? next : '/');
  });
  app.use((request, response, next) => {
    if (identityOf(request) === undefined) response.redirect(303, LOGIN + encodeURIComponent(request.originalUrl));
    else next();
  });
  app.get('/', (_request, response) => {
    const commands = `sallyport login ${server.publicUrl}\nsallyport kube login --all\n`;
    response.send(page(`<pre>${commands}</pre><a href="/approvals">Approvals</a>`));
  });
  app.get('/approvals', (_request, response) => {
    const parts =
      '<link rel="stylesheet" href="/approvals.css"><main></main><script type="module" src="/approvals.js"></script>';
    response.set('content-security-policy', POLICY).send(page(parts));
  });
  for (const { path, contents } of outputFiles) {
    app.get(path, (_request, response) => void response.type(path.slice(1)).send(Buffer.from(contents)));
  }
  return app;
}
