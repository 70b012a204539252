import { readFile, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { basename } from 'node:path';
import { MAX_FILE_BYTES } from './files.ts';

/** What became of a text: its new content, or that it stays as it is. */
export type Edited = Buffer | undefined;

/**
 * Listens for editors: kubectl starts one as a program with a file, and that program only asks here. `edit` shows the text to
 * whoever sits in front of the terminal.
 */
export function serveEditors(socketPath: string, edit: (name: string, text: Buffer) => Promise<Edited>): Server {
  const server = createServer((socket) => {
    let path = '';
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (text: string) => {
      path += text;
      if (path.endsWith('\n')) void editFile(path.slice(0, -1), edit).then((answer) => socket.end(answer));
    });
  });
  server.listen(socketPath);
  return server;
}

/** What the editor is answered: that it is done, or what went wrong. */
async function editFile(file: string, edit: (name: string, text: Buffer) => Promise<Edited>): Promise<string> {
  try {
    const content = await readFile(file);
    if (content.length > MAX_FILE_BYTES) return `the text is ${content.length} bytes, limit is ${MAX_FILE_BYTES}`;
    const edited = await edit(basename(file), content);
    if (edited !== undefined) await writeFile(file, edited);
    return 'ok';
  } catch (error) {
    return String(error);
  }
}

/** The editor that kubectl starts. Resolves with what went wrong, or with nothing. */
export function askForEdit(socketPath: string, file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection(socketPath, () => socket.write(`${file}\n`));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', (error) => resolve(String(error)));
    socket.on('end', () => resolve(answer === 'ok' ? undefined : answer || 'the terminal is gone'));
  });
}
