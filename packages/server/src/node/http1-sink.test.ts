import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResponseSink } from '../proxy/request.ts';
import { http1Sink } from './http1-sink.ts';

describe('http1Sink', () => {
  const server = createServer((_request, response) => taken.push(http1Sink(response)));
  const taken: ResponseSink[] = [];
  beforeEach(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterEach(() => {
    taken.length = 0;
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  async function ask(): Promise<{ readonly sink: ResponseSink; readonly answered: Promise<IncomingMessage> }> {
    const { port } = server.address() as AddressInfo;
    const asked = request({ host: '127.0.0.1', port }).end();
    const answered = once(asked, 'response').then(([answer]) => answer as IncomingMessage);
    await once(server, 'request');
    const [sink] = taken;
    if (sink === undefined) throw new Error('nobody asked');
    return { sink, answered };
  }

  async function bodyOf(answer: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    return text;
  }

  it('passes the head of a stream on before there is a body: a watch may stay silent for long', async () => {
    const { sink, answered } = await ask();
    sink.head(200, ['Content-Type', 'application/json', 'Transfer-Encoding', 'chunked']);
    const answer = await answered;
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json']);
    sink.write(Buffer.from('{}\n'), () => {});
    sink.end([]);
    expect(await bodyOf(answer)).toBe('{}\n');
  });

  it('passes an answer of known length on as it is', async () => {
    const { sink, answered } = await ask();
    sink.head(404, ['Content-Type', 'text/plain', 'content-length', '4']);
    sink.write(Buffer.from('gone'), () => {});
    sink.end([]);
    const answer = await answered;
    expect([answer.statusCode, await bodyOf(answer)]).toEqual([404, 'gone']);
  });

  it('breaks off in a way that does not look whole', async () => {
    const { sink, answered } = await ask();
    sink.head(200, ['Transfer-Encoding', 'chunked']);
    sink.write(Buffer.from('half'), () => sink.abort());
    await expect(answered.then(bodyOf)).rejects.toThrow('aborted');
  });
});
