/** A server as a process of its own. Argument: a file with JSON. First line on stdout once it is ready: its CA. */
import { readFileSync } from 'node:fs';
import { type Logger, Secret } from '@sallyport/core';
import { createServer } from '@sallyport/server';

/** What {@link ./replicas.ts} writes. */
export interface ServerProcessOptions {
  readonly port: number;
  readonly agentPort: number;
  readonly publicUrl: string;
  readonly stateDir: string;
  readonly databaseUrl: string;
  /** Base64. */
  readonly encryptionKey: string;
  readonly people: readonly { readonly email: string; readonly group: string; readonly password: string }[];
}

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ServerProcessOptions;
const say =
  (level: string) =>
  (...words: readonly unknown[]) =>
    void process.stderr.write(`${new Date().toISOString()} ${level} ${JSON.stringify(words)}\n`);
const logger: Logger = {
  debug: () => {},
  info: say('info'),
  warn: say('warn'),
  error: (fields, message) => say('error')(fields, message, String((fields as { err?: unknown }).err)),
  child: () => logger,
} as Logger;
const server = await createServer({
  config: {
    mode: 'development',
    listen: { host: '127.0.0.1', port: options.port },
    agentListen: { host: '127.0.0.1', port: options.agentPort },
    publicUrl: options.publicUrl,
    agentServerName: 'agents.sallyport.internal',
    stateDir: options.stateDir,
    databaseUrl: new Secret(options.databaseUrl),
    encryptionKey: new Secret(Buffer.from(options.encryptionKey, 'base64')),
    organization: 'acme',
    identityProviders: [],
    bindings: [
      { role: 'admin', identityProvider: 'development', group: 'admins' },
      { role: 'viewer', identityProvider: 'development', group: 'viewers' },
    ],
    developmentUsers: options.people.map(({ email, group, password }) => ({
      email,
      name: email,
      password: new Secret(password),
      groups: [group],
    })),
  },
  logger,
});
process.stdout.write(`${JSON.stringify({ caPem: server.caPem })}\n`);
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
