import { randomBytes } from 'node:crypto';
import {
  chunkKeyOf,
  createSessionRecorder,
  DATA_KEY_BYTES,
  importChunkKey,
  type SealedChunk,
} from '@sallyport/audit/recording';
import { createId, type OrganizationId, Secret, systemClock } from '@sallyport/core';
import type { RecordingToStart, Store } from '../../stores/contracts.ts';

/** A session that is recorded as the proxy records one. */
export interface RecordedSession {
  readonly recording: RecordingToStart;
  /** Prints, and resolves once it is stored. */
  print(text: string): Promise<void>;
  end(): Promise<void>;
}

/** Begins to record a session. */
export async function recordSession(
  store: Store,
  organizationId: OrganizationId,
  overrides: Partial<RecordingToStart> = {},
): Promise<RecordedSession> {
  const dataKey = randomBytes(DATA_KEY_BYTES);
  const recording: RecordingToStart = {
    id: createId('sessionRecording'),
    requestId: createId('decision'),
    replicaId: createId('replica'),
    organizationId,
    clusterId: createId('cluster'),
    clusterName: 'prod',
    principalId: createId('principal'),
    userName: 'dora@example.com',
    kind: 'exec',
    namespace: 'shop',
    pod: 'web-0',
    command: ['sh'],
    isTty: true,
    isRequired: false,
    hasStdin: false,
    startedAt: new Date(),
    key: { blobStore: 'database', dataKey: new Secret(dataKey.toString('base64url')) },
    ...overrides,
  };
  const { id } = recording;
  let stored = 0;
  let onStored = (): void => {};
  await store.transact((tx) => tx.recordings.start(recording));
  const recorder = await createSessionRecorder({
    recordingId: id,
    header: { width: 80, height: 24, timestamp: 0, title: 'sh', env: {} },
    key: importChunkKey(dataKey),
    clock: systemClock,
    limits: { chunkMs: 1 },
    async store(chunks) {
      for (const { number, sealed } of chunks) await store.recordings.blobs.put(chunkKeyOf(id, number), sealed);
      await store.transact((tx) => tx.recordings.addChunks(id, chunks.map(rowOf)));
      stored += chunks.length;
      onStored();
    },
    onFailure(error) {
      throw error;
    },
  });
  return {
    recording,
    async print(text) {
      const before = stored;
      const isStored = new Promise<void>((resolve) => {
        onStored = resolve;
      });
      recorder.bytes('stdout', Buffer.from(text));
      if (stored === before) await isStored;
    },
    async end() {
      await recorder.finish();
      await store.transact((tx) => tx.recordings.end({ id, state: 'complete', endedAt: new Date(), exitCode: 0 }));
    },
  };
}

function rowOf({ number, fromMs, toMs, byteLength, sealed, headSha256 }: SealedChunk) {
  return { number, fromMs, toMs, bytes: byteLength, storedBytes: sealed.length, headSha256 };
}
