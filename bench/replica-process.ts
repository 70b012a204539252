/**
 * One of several servers on one PostgreSQL database. Argument: a file with JSON, {@link ReplicaOptions}. First line on stdout:
 * the CA, as JSON.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, silentLogger } from '@sallyport/core';
import { CA_FILE, runServer } from '@sallyport/server';

/** What the process takes. */
export interface ReplicaOptions {
  readonly stateDir: string;
  /** Processes that it is; several share its port. */
  readonly workers: number;
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
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
const ready = options.workers > 1 ? 'all workers serve' : 'the server is ready';
await runServer({
  signal: stopping.signal,
  logger: {
    ...silentLogger,
    info(_fields, message) {
      if (message !== ready) return;
      const caPem = readFileSync(join(options.stateDir, CA_FILE), 'utf8');
      process.stdout.write(`${JSON.stringify({ caPem })}\n`);
    },
  },
  config: {
    mode: 'development',
    listen: { host: '127.0.0.1', port: options.port },
    agentListen: { host: '127.0.0.1', port: 0 },
    publicUrl: options.publicUrl,
    agentServerName: 'agents.sallyport.internal',
    stateDir: options.stateDir,
    workers: options.workers,
    drainTimeoutMs: 0,
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
process.exit(0);
