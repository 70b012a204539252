/**
 * The server as a process of its own. Argument: JSON. First line on stdout: JSON with address, CA, and the password of all.
 * SIGUSR2 has it write p99 of the delay of its event loop since the last time, in milliseconds, to `loop-delay` in its folder.
 */
import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Secret } from '@sallyport/core';
import { createServer } from '@sallyport/server';

const { stateDir } = JSON.parse(process.argv[2] ?? '{}') as { stateDir: string };
const password = randomBytes(18).toString('base64url');
const server = await createServer({
  config: {
    mode: 'development',
    listen: { host: '127.0.0.1', port: 0 },
    agentServerName: 'agents.sallyport.internal',
    stateDir,
    encryptionKey: new Secret(randomBytes(32)),
    organization: 'bench',
    identityProviders: [],
    bindings: [
      { role: 'admin', identityProvider: 'development', group: 'admins' },
      { role: 'member', identityProvider: 'development', group: 'members' },
    ],
    developmentUsers: [
      { email: 'admin@bench.test', name: 'admin', password: new Secret(password), groups: ['admins'] },
      { email: 'member@bench.test', name: 'member', password: new Secret(password), groups: ['members'] },
    ],
  },
});
process.stdout.write(`${JSON.stringify({ url: server.publicUrl, caPem: server.caPem, password })}\n`);
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));

const RESOLUTION_MS = 5;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
process.on('SIGUSR2', () => {
  const file = join(stateDir, 'loop-delay');
  // The histogram holds whole intervals of its timer.
  writeFileSync(`${file}.new`, String(Math.max(0.1, delay.percentile(99) / 1e6 - RESOLUTION_MS)));
  renameSync(`${file}.new`, file);
  delay.reset();
});
