import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, silentLogger } from '@sallyport/core';
import { type BrowserFetch, signIn } from '@sallyport/core/testing';
import {
  createServer,
  DEVELOPMENT_PROVIDER_NAME,
  developmentEncryptionKey,
  type SallyportServer,
} from '@sallyport/server';
import { Agent, fetch } from 'undici';
import type { CliContext } from '../context.ts';

/** A server in this process, with people who can sign in. */
export interface RealServer {
  readonly server: SallyportServer;
  readonly url: string;
  /** File that holds the CA of the server. */
  readonly caFile: string;
  /** A `fetch` for browsers that trusts the server. */
  readonly browserFetch: BrowserFetch;
  /** A browser in which `user` signs in by itself; stands in for {@link CliContext.openBrowser}. */
  browserOf(user: string): CliContext['openBrowser'];
  close(): Promise<void>;
}

/** Password of every person of a {@link RealServer}. */
export const PASSWORD = 'correct horse battery staple';

/**
 * Starts a server in development mode with its state in `folder`, its records on the PostgreSQL of `databaseUrl` where that is
 * given, on `port` (one that is free by default). People: `owner`, `admin`, `developer`, `viewer`, `installation-admin`.
 */
export async function startRealServer(folder: string, databaseUrl?: string, port = 0): Promise<RealServer> {
  const people = ['owner', 'admin', 'developer', 'viewer', 'installation-admin'] as const;
  const server = await createServer({
    config: {
      mode: 'development',
      listen: { host: '127.0.0.1', port },
      agentServerName: 'agents.sallyport.internal',
      stateDir: folder,
      ...(databaseUrl !== undefined && { databaseUrl: new Secret(databaseUrl) }),
      encryptionKey: developmentEncryptionKey(folder),
      organization: 'acme',
      identityProviders: [],
      bindings: people.map((role) => ({ role, identityProvider: DEVELOPMENT_PROVIDER_NAME, group: `${role}s` })),
      developmentUsers: people.map((role) => ({
        email: `${role}@acme.example`,
        name: role,
        password: new Secret(PASSWORD),
        groups: [`${role}s`],
      })),
    },
    logger: silentLogger,
  });
  const caFile = join(folder, 'test-ca.pem');
  writeFileSync(caFile, server.caPem);
  const dispatcher = new Agent({ connect: { ca: server.caPem } });
  const browserFetch = ((url: string, init: object) => fetch(url, { ...init, dispatcher })) as unknown as BrowserFetch;
  return {
    server,
    url: server.publicUrl,
    caFile,
    browserFetch,
    browserOf: (user) => async (url) => {
      const options = { user: `${user}@acme.example`, password: PASSWORD, fetch: browserFetch };
      const redirect = await signIn({ ...options, authorizationUrl: url.href });
      await fetch(redirect);
      return true;
    },
    async close() {
      await dispatcher.destroy();
      await server.close();
    },
  };
}
