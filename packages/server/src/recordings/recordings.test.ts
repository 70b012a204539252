import type { AuditOutcome } from '@sallyport/audit';
import {
  type BlobStore,
  createAsciicastWriter,
  createMemoryBlobStore,
  parseAsciicast,
  verifyRecording,
} from '@sallyport/audit/recording';
import { createId, parseRequestAttributes, silentLogger, systemClock } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Admission } from '../proxy/admit.ts';
import { createSessionRecordings } from '../proxy/recording/session-recordings.ts';
import { untraced } from '../proxy/trace.ts';
import { createRecordingSource } from '../sessions/recording-source.ts';
import type { Store } from '../stores/contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { createProxyFixture } from '../testing/proxy-fixture.ts';
import { SERVER_GONE, startInterruptedRecordings } from './interrupted.ts';

const OUTCOME: AuditOutcome = { status: 101, bytesSent: 0, bytesReceived: 0, durationMs: 1, ended: 'completed' };
const POD = '/api/v1/namespaces/shop/pods/web-0';

describe.each(testDatabases(undefined))('session recordings on $name', (on) => {
  let test: TestStore;
  let store: Store;
  const fixture = createProxyFixture();
  const { organizationId } = fixture.principal;
  beforeAll(async () => {
    test = await on.open();
    store = test.store;
  });
  afterAll(async () => {
    fixture.close();
    await test.drop();
  });

  const open = (blobs: BlobStore) =>
    createSessionRecordings({
      store,
      blobs,
      replicaId: createId('replica'),
      snapshots: fixture.snapshots,
      clock: systemClock,
      logger: silentLogger,
    });

  function anAdmission(subresource: string, isRequired = false): Admission {
    const target = `${POD}/${subresource}?container=web&command=sh&command=-c&command=date&tty=true`;
    const request = { method: 'GET', target, headers: [], host: 'sallyport.test', peerAddress: '192.0.2.7' };
    return {
      requestId: createId('decision'),
      trace: untraced.begin(request),
      request,
      who: { principal: fixture.principal, cluster: fixture.cluster, session: fixture.session },
      attributes: parseRequestAttributes('GET', target),
      target,
      upgrade: 'websocket',
      decision: { effect: 'allow', obligations: isRequired ? [{ kind: 'record' }] : [] },
    } as unknown as Admission;
  }

  async function begin(recordings: ReturnType<typeof open>, admission: Admission) {
    const session = await recordings.begin(admission);
    if (session === undefined || 'code' in session) throw new Error('it was not recorded');
    return session;
  }
  const find = async (requestId: string) => {
    const { items } = await store.recordings.list({ organizationId }, { limit: 100 });
    return items.find((recording) => recording.requestId === requestId);
  };
  const eventsOf = async (id: string | undefined) =>
    (await store.listAudit({ organizationId, limit: 100 })).filter(({ recordingId }) => recordingId === id).reverse();
  const failing = (): BlobStore => ({ ...createMemoryBlobStore(), put: () => Promise.reject(new Error('disk full')) });

  it('keep what passes from the first byte on, with facts, exit code and a head that the chunks lead to', async () => {
    const blobs = createMemoryBlobStore();
    const recordings = open(blobs);
    const admission = anAdmission('exec');
    const session = await begin(recordings, admission);
    session.open();
    // The recording has not begun yet.
    session.observer.onBytes?.('resize', Buffer.from('{"Width":132,"Hei'));
    session.observer.onBytes?.('resize', Buffer.from('ght":43}\n'));
    session.observer.onBytes?.('stdout', Buffer.from('$ date\r\n'));
    session.observer.onBytes?.('stdin', Buffer.from('not recorded'));
    session.observer.onBytes?.('error', Buffer.from('{"metadata":{},"status":"Success"}'));
    session.end(OUTCOME);
    await recordings.close();
    const recording = await find(admission.requestId);
    expect(recording).toMatchObject({
      kind: 'exec',
      namespace: 'shop',
      pod: 'web-0',
      container: 'web',
      command: ['sh', '-c', 'date'],
      isTty: true,
      state: 'complete',
      exitCode: 0,
    });
    const id = recording?.id as NonNullable<typeof recording>['id'];
    const read = await createRecordingSource(store.recordings, new Map([['memory', blobs]])).open(id);
    const writer = createAsciicastWriter();
    const chunks = await Promise.all(Array.from({ length: recording?.chunkCount ?? 0 }, (_, number) => read(number)));
    const { header, events } = parseAsciicast(chunks.map((chunk) => writer.write(chunk)).join(''));
    expect(header).toMatchObject({ version: 2, command: 'sh -c date', width: 80, height: 24 });
    expect(events.map(({ atMs: _, ...event }) => event)).toEqual([
      { kind: 'resize', width: 132, height: 43 },
      { kind: 'stdout', bytes: new Uint8Array(Buffer.from('$ date\r\n')) },
      { kind: 'mark', label: 'exit 0' },
    ]);
    const [started, ended] = await eventsOf(id);
    expect([started?.code, ended?.code]).toEqual(['session.recording.started', 'session.recording.ended']);
    expect(ended?.details).toMatchObject({ state: 'complete', exitStatus: 0, headSha256: recording?.headSha256 });
    const { chunkCount = 0, headSha256 = '' } = recording ?? {};
    expect(await verifyRecording(blobs, { recordingId: id, chunkCount, headSha256 })).toEqual({ holds: true });
  });

  it('SEC-C08 survive 1,000 resizes at once, and sizes of nothing and of the utmost', async () => {
    const recordings = open(createMemoryBlobStore());
    const admission = anAdmission('attach');
    const session = await begin(recordings, admission);
    session.open();
    const sizes = '{"Width":0,"Height":0}\n{"Width":65535,"Height":65535}{"Width":1e9,"Height":-1}\n';
    session.observer.onBytes?.('resize', Buffer.from(sizes.repeat(1_000)));
    session.observer.onBytes?.('resize', Buffer.alloc(10_000, 'x'));
    session.end(OUTCOME);
    await recordings.close();
    expect(await find(admission.requestId)).toMatchObject({ state: 'complete', kind: 'attach' });
  });

  it('SEC-C11 refuse with ERR_PROXY_RECORDING_UNAVAILABLE what must be recorded and can not be', async () => {
    const admission = anAdmission('exec', true);
    const answer = await open(failing()).begin(admission);
    expect(answer).toMatchObject({ code: 'ERR_PROXY_RECORDING_UNAVAILABLE' });
    expect(await find(admission.requestId)).toBeUndefined();
  });

  it('SEC-C11 tell with ERR_PROXY_RECORDING_FAILED once what must be recorded is not any longer', async () => {
    let isDown = false;
    const memory = createMemoryBlobStore();
    const blobs: BlobStore = {
      ...memory,
      put: (key, bytes) => (isDown ? Promise.reject(new Error('disk full')) : memory.put(key, bytes)),
    };
    const recordings = open(blobs);
    const admission = anAdmission('exec', true);
    const session = await begin(recordings, admission);
    session.open();
    const onFailure = vi.fn();
    session.onFailure(onFailure);
    isDown = true;
    session.observer.onBytes?.('stdout', Buffer.from('lost'));
    const refusal = expect.objectContaining({ code: 'ERR_PROXY_RECORDING_FAILED' });
    await vi.waitFor(() => expect(onFailure).toHaveBeenCalledExactlyOnceWith(refusal), { timeout: 10_000 });
    session.end({ ...OUTCOME, ended: 'reset', reason: 'the recording could not be stored' });
    await recordings.close();
    const recording = await find(admission.requestId);
    expect(recording).toMatchObject({ state: 'incomplete', chunkCount: 1, isRequired: true });
    expect((await eventsOf(recording?.id)).at(-1)).toMatchObject({ code: 'session.recording.interrupted' });
  }, 20_000);

  it('end what a protocol hides that must be recorded, and let go on what need not be', async () => {
    const recordings = open(createMemoryBlobStore());
    const required = await begin(recordings, anAdmission('exec', true));
    expect(required.unreadable()).toMatchObject({ code: 'ERR_PROXY_RECORDING_UNAVAILABLE' });
    const admission = anAdmission('exec');
    const optional = await begin(recordings, admission);
    expect(optional.unreadable()).toBeUndefined();
    optional.end(OUTCOME);
    await recordings.close();
    expect(await find(admission.requestId)).toMatchObject({ state: 'incomplete', reason: 'its protocol is not known' });
  });

  it('count a port-forward per port and keep nothing of its bytes', async () => {
    const recordings = open(createMemoryBlobStore());
    const admission = anAdmission('portforward');
    const session = await begin(recordings, admission);
    session.open();
    session.observer.onConnection?.(8080);
    session.observer.onForwarded?.(8080, 'received', 10);
    session.observer.onForwarded?.(8080, 'sent', 1_000);
    session.end(OUTCOME);
    await recordings.close();
    expect(await find(admission.requestId)).toMatchObject({
      kind: 'portForward',
      state: 'complete',
      chunkCount: 0,
      ports: [{ port: 8080, connectionCount: 1, bytesReceived: 10, bytesSent: 1_000 }],
    });
  });

  it('are ended as interrupted, once, with the head as it stands, when their server is gone', async () => {
    const recordings = open(createMemoryBlobStore());
    const admission = anAdmission('exec', true);
    const session = await begin(recordings, admission);
    const stop = (holder: string) =>
      startInterruptedRecordings({ store, holder, graceMs: 0, clock: systemClock, logger: silentLogger });
    const jobs = [stop('server-a'), stop('server-b')];
    await vi.waitFor(async () => expect((await find(admission.requestId))?.state).toBe('interrupted'), {
      timeout: 15_000,
      interval: 200,
    });
    await Promise.all(jobs.map((job) => job.close()));
    const recording = await find(admission.requestId);
    const events = (await eventsOf(session.recordingId)).filter(({ code }) => code === 'session.recording.interrupted');
    expect(events).toHaveLength(1);
    expect(events[0]?.details).toMatchObject({
      reason: SERVER_GONE,
      chunks: 1,
      headSha256: recording?.headSha256,
    });
  }, 30_000);
});
