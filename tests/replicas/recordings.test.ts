import type { Duplex } from 'node:stream';
import { parseAsciicast } from '@sallyport/audit/recording';
import type { ApiClient } from '@sallyport/core/api';
import { encodeChannelMessage, encodeWebSocketFrame } from '@sallyport/core/streaming';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { switchingHead } from '../security/upgrade-client.ts';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, type Replica, type Replicas, startReplicas } from './harness.ts';
import { createStreamOpener, type StreamOpener } from './streams.ts';

const organization = ORGANIZATION;

// The agent and the session are at a; whoever watches and ends it is at b.
describe.skipIf(lacks('postgres'))('a session that another replica carries', () => {
  let replicas: Replicas;
  let owner: Person;
  let pipe: Duplex | undefined;
  let opener: StreamOpener;
  beforeAll(async () => {
    replicas = await startReplicas();
    await replicas.connectAgent(replicas.a);
    owner = await replicas.logIn(replicas.a, 'owner');
    replicas.upstream.answer = (call) => {
      pipe = call.raw(switchingHead(call, 'v5.channel.k8s.io'));
    };
    const { token } = await replicas.a.api(owner).mintKubeCredential({ organization, name: CLUSTER });
    opener = createStreamOpener({ port: replicas.a.port, caPem: replicas.a.server.caPem, prefix: PREFIX, token });
  }, 60_000);
  afterAll(async () => {
    opener?.close();
    await replicas?.close();
  }, 30_000);

  const print = (text: string) =>
    pipe?.write(encodeWebSocketFrame('binary', encodeChannelMessage(1, Buffer.from(text)))) ?? expect.fail('no pipe');
  const runningOn = (api: ApiClient, namespace: string) =>
    awaitCondition(
      async () => {
        const { items } = await api.listSessions({ organization, namespace, state: 'recording' });
        return items[0];
      },
      { what: 'the session is under way', everyMs: 50 },
    );

  /** Follows a session on a replica; what came so far can be looked at before its end. */
  function watch(on: Replica, id: string, signal?: AbortSignal) {
    let text = '';
    const spy = (async (url: string, init?: RequestInit) => {
      const response = await on.fetch(url, { ...init, ...(signal && { signal }) });
      if (response.body === null || !url.endsWith('/live')) return response;
      const decoder = new TextDecoder();
      const read = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          text += decoder.decode(chunk, { stream: true });
          controller.enqueue(chunk);
        },
      });
      return new Response(response.body.pipeThrough(read), { status: response.status, headers: response.headers });
    }) as unknown as typeof fetch;
    return { text: () => text, ended: owner.over(spy).watchRecording({ organization, id }) };
  }

  it('is watched while it runs, and ended in its protocol within a second, with who did it and why', async () => {
    const stream = await opener.open('exec', 'watched');
    const b = replicas.b.api(owner);
    const { id } = await runningOn(b, 'watched');
    const live = watch(replicas.b, id);
    for (const word of ['first', 'second']) {
      print(`${word}\r\n`);
      await awaitCondition(() => live.text().includes(word), { what: `${word} is seen on b`, timeoutMs: 5_000 });
    }
    expect(stream.isOpen).toBe(true);

    const sinceMs = performance.now();
    await b.terminateSession({ organization, id, body: { reason: 'enough seen' } });
    const end = await stream.ended;
    expect(end.reason).toContain('owner@acme.test ended this session: "enough seen"');
    expect(end.isInProtocol).toBe(true);
    expect(end.at - sinceMs).toBeLessThan(1_000);
    expect(await live.ended).toMatch(/event: end\ndata: \{"state":"complete","reason":".*enough seen.*"\}\n\n$/);

    const { events } = parseAsciicast(await b.getRecording({ organization, id }));
    const printed = events.flatMap((event) => (event.kind === 'stdout' ? [Buffer.from(event.bytes).toString()] : []));
    expect(printed.join('')).toBe('first\r\nsecond\r\n');
    expect(events.at(-1)).toMatchObject({ kind: 'mark', label: expect.stringContaining('enough seen') });
    const told = await replicas.store.listAudit({ limit: 1_000 });
    const ofIt = told.filter(({ recordingId }) => recordingId === id).map(({ code }) => code);
    expect(ofIt.filter((code) => code === 'session.terminated')).toHaveLength(1);
    expect(ofIt.filter((code) => code === 'session.recording.ended')).toHaveLength(1);
  }, 60_000);

  it('goes on when its watcher leaves', async () => {
    const stream = await opener.open('exec', 'left');
    const { id } = await runningOn(replicas.b.api(owner), 'left');
    const leaving = new AbortController();
    const live = watch(replicas.b, id, leaving.signal);
    print('seen\r\n');
    await awaitCondition(() => live.text().includes('seen'), { what: 'it is seen on b' });
    leaving.abort();
    await expect(live.ended).rejects.toThrow();
    const shown = await replicas.b.api(owner).getSession({ organization, id });
    expect([shown.state, stream.isOpen]).toEqual(['recording', true]);
  }, 60_000);
});
