/**
 * One of several servers on one PostgreSQL database. Argument: a file with JSON, {@link ReplicaOptions}. First line on stdout:
 * the CA, as JSON.
 */
import { readFileSync } from 'node:fs';
import { Secret } from '@sallyport/core';
import { createServer } from '@sallyport/server';

/** What the process takes. */
export interface ReplicaOptions {
  readonly stateDir: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly databaseUrl: string;
  /** Base64. */
  readonly encryptionKey: string;
  readonly organization: string;
  /** Role → group of the development provider. */
  readonly groups: Readonly<Record<'owner' | 'developer', string>>;
  /** Passwords by user name. */
  readonly passwords: Readonly<Record<string, string>>;
}

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ReplicaOptions;
const server = await createServer({
  config: {
    mode: 'development',
    listen: { host: '127.0.0.1', port: options.port },
    agentListen: { host: '127.0.0.1', port: 0 },
    publicUrl: options.publicUrl,
    agentServerName: 'agents.sallyport.internal',
    stateDir: options.stateDir,
    databaseUrl: new Secret(options.databaseUrl),
    encryptionKey: new Secret(Buffer.from(options.encryptionKey, 'base64')),
    organization: options.organization,
    identityProviders: [],
    bindings: (['owner', 'developer'] as const).map((role) => ({
      role,
      identityProvider: 'development',
      group: options.groups[role],
    })),
    developmentUsers: Object.entries(options.passwords).map(([email, password]) => ({
      email,
      name: email,
      password: new Secret(password),
      groups: [],
    })),
  },
});
process.stdout.write(`${JSON.stringify({ caPem: server.caPem })}\n`);
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
