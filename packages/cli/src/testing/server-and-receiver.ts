import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type RealServer, startRealServer } from './real-server.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { createTerminal, outputOf } from './terminal.ts';

/** A secret that webhooks are signed with. */
export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

/** A server and a receiver for the tests of the calling file, with people at their command lines. */
export function useServerAndReceiver() {
  const folder = temporaryFolder();
  let real: RealServer;
  let receiver: Receiver;

  /** A command line with `user` signed in. */
  async function signIn(user: string) {
    const terminal = createTerminal(folder, user);
    const login = ['login', real.url, '--ca-file', real.caFile];
    await outputOf(terminal(login, { openBrowser: real.browserOf(user) }));
    return terminal;
  }

  beforeAll(async () => {
    receiver = await startReceiver();
    real = await startRealServer(join(folder, 'server'));
  });
  afterAll(async () => {
    await real.close();
    receiver.close();
  });
  return { signIn, receiver: () => receiver };
}
