import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteFiles } from './site-files.ts';

const SCRIPT = 'export const greeting = "hello";\n'.repeat(50);

describe('the files of the web UI', () => {
  let server: Server;
  const root = mkdtempSync(join(tmpdir(), 'sallyport-site-'));
  beforeAll(async () => {
    mkdirSync(join(root, 'assets'));
    writeFileSync(join(root, 'index.html'), '<!doctype html>');
    writeFileSync(join(root, 'early.js'), 'early();');
    writeFileSync(join(root, 'assets/first-abc.js'), SCRIPT);
    writeFileSync(join(root, 'assets/first-abc.js.br'), brotliCompressSync(SCRIPT));
    writeFileSync(join(root, 'assets/font.woff2'), 'letters');
    const app = express().use(siteFiles({ root, setHeaders: (response) => void response.set('x-policy', 'strict') }));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
    rmSync(root, { recursive: true });
  });

  async function ask(path: string, acceptEncoding?: string) {
    const { port } = server.address() as AddressInfo;
    const headers = acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, headers }, resolve).on('error', reject);
    });
    return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
  }

  it('come compressed to whoever takes that, as what they are', async () => {
    const { headers, body } = await ask('/assets/first-abc.js?v=1', 'gzip, br');
    expect(headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
      vary: 'Accept-Encoding',
      'x-policy': 'strict',
    });
    expect(brotliDecompressSync(body).toString()).toBe(SCRIPT);
  });

  it('come as they are to everybody else', async () => {
    for (const accepted of [undefined, 'gzip', 'identity', 'br;q=0']) {
      const { headers, body } = await ask('/assets/first-abc.js', accepted);
      expect(headers).not.toHaveProperty('content-encoding');
      expect(headers.vary).toBe('Accept-Encoding');
      expect(body.toString()).toBe(SCRIPT);
    }
    expect((await ask('/assets/font.woff2', 'br')).body.toString()).toBe('letters');
  });

  it('are kept for ever where their names change with their content, and asked for again else', async () => {
    for (const path of ['/assets/first-abc.js', '/assets/font.woff2']) {
      expect((await ask(path, 'br')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
    for (const path of ['/', '/early.js']) expect((await ask(path, 'br')).headers['cache-control']).toBe('no-cache');
    expect((await ask('/assets/gone.js', 'br')).status).toBe(404);
  });
});
