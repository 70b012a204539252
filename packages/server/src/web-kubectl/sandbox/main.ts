import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { askForEdit } from './editor.ts';
import { runFilters } from './filter-process.ts';
import { runHost } from './host.ts';

// The program inside a sandbox, in three roles: the host of a terminal, the editor that kubectl starts, and filters.
const [program = '', role = '', ...words] = process.argv.slice(1);

switch (role) {
  case 'host': {
    const [folder = '', ptyModule = ''] = words;
    await passListener();
    await runHost({
      folder,
      input: process.stdin,
      output: process.stdout,
      loadPty: () => createRequire(import.meta.url)(ptyModule),
      self: [process.execPath, program],
    });
    // Whatever is left of it ends with the first process of the sandbox.
    process.exit(0);
    break;
  }
  case 'edit': {
    const [socketPath = '', file = ''] = words;
    const problem = await askForEdit(socketPath, file);
    if (problem !== undefined) process.stderr.write(`${problem}\n`);
    process.exitCode = problem === undefined ? 0 : 1;
    break;
  }
  case 'filter': {
    const write = (text: string) =>
      new Promise<void>((resolve, reject) =>
        process.stdout.write(text, (error) => (error ? reject(error) : resolve())),
      );
    try {
      await runFilters(JSON.parse(words[0] ?? '[]'), process.stdin, write);
      process.exit(0);
    } catch (error) {
      process.stderr.write(`${(error as Error).message}\n`);
      process.exit(2);
    }
  }
}

/**
 * Opens the one way out and hands it to the server: a socket belongs to the network in which it was made, so what connects to
 * it in here is accepted out there, and nothing in here has to carry it. Nothing else goes over that channel.
 */
function passListener(): Promise<void> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.on('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      process.send?.({ type: 'listener' }, listener, {}, (error) => {
        listener.close();
        process.disconnect();
        if (error) reject(error);
        else resolve();
      });
    });
  });
}
