import { randomBytes } from 'node:crypto';
import { type AuditEvent, createAuditEvent } from '@sallyport/audit';
import {
  type BlobStore,
  createSessionRecorder,
  createSpareBuffers,
  DATA_KEY_BYTES,
  importChunkKey,
  type RecorderLimits,
  type SealedChunk,
} from '@sallyport/audit/recording';
import { type Clock, createId, type Logger, type ReplicaId, Secret } from '@sallyport/core';
import { effectiveSettings } from '../../access/effective-settings.ts';
import type { SnapshotSource } from '../../snapshot.ts';
import type {
  RecordingChunkRow,
  RecordingEnd,
  RecordingSize,
  RecordingToStart,
  Store,
} from '../../stores/contracts.ts';
import type { Admission } from '../admit.ts';
import type { Refusal } from '../refusal.ts';
import { type ChunkNotes, createChunkNotes } from './chunk-notes.ts';
import { describeSession, headerOf, type SessionFacts, sessionFacts } from './describe-session.ts';
import { createForwardedSession } from './forwarded-session.ts';
import { persistently } from './persistently.ts';
import { putChunks } from './put-chunks.ts';
import { NOT_RECORDABLE, type RecordedSession } from './recorded-session.ts';
import { createTerminalSession, type TerminalEnd } from './terminal-session.ts';

/** What {@link createSessionRecordings} works with. */
export interface SessionRecordingsOptions {
  readonly store: Pick<Store, 'transact'>;
  readonly blobs: BlobStore;
  readonly replicaId: ReplicaId;
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Limits of recorders. Defaults to `RECORDER_LIMITS`. */
  readonly limits?: Partial<RecorderLimits>;
}

/** Records the sessions that a proxy carries. */
export interface SessionRecordings {
  /**
   * Begins the recording of a session that was admitted: `undefined` when the request opens none, a refusal when it must be
   * recorded and could not begin to be. Never rejects.
   */
  begin(admission: Admission): Promise<RecordedSession | Refusal | undefined>;
  /** Resolves when all recordings that have ended are stored. */
  close(): Promise<void>;
}

/** How long a store may take to take what must be recorded, in milliseconds; then the session ends. */
const REQUIRED_PATIENCE_MS = 900;
/** How long it may take with what is recorded as well as may be, in milliseconds; then the recording is incomplete. */
const PATIENCE_MS = 30_000;
/** How long a session waits for a store that is behind with what is recorded as well as may be, in milliseconds. */
const STALL_MS = 10_000;

/** Makes the recordings of one server. */
export function createSessionRecordings(options: SessionRecordingsOptions): SessionRecordings {
  const { store, blobs, replicaId, snapshots, clock, logger, limits } = options;
  const ending = new Set<Promise<void>>();
  const buffers = createSpareBuffers();
  const never = new AbortController().signal;

  function toStart(admission: Admission, facts: SessionFacts, isRequired: boolean): RecordingToStart {
    const { who, requestId } = admission;
    return {
      id: createId('sessionRecording', clock.now()),
      requestId,
      replicaId,
      organizationId: who.principal.organizationId,
      clusterId: who.cluster.id,
      clusterName: who.cluster.name,
      principalId: who.principal.id,
      userName: who.principal.userName,
      ...facts,
      isRequired,
      hasStdin: facts.kind !== 'portForward' && wantsStdin(admission),
      startedAt: new Date(clock.now()),
    };
  }

  function wantsStdin({ who }: Admission): boolean {
    return effectiveSettings(snapshots.current(), who.principal, who.cluster)?.recordStdin !== undefined;
  }

  async function storeFirst(admission: Admission, recording: RecordingToStart, first: SealedChunk): Promise<void> {
    await store.transact(async (tx) => {
      const isNew = await tx.recordings.start(recording);
      await tx.recordings.addChunks(recording.id, [toRow(first)]);
      if (!isNew) return;
      const { id, container } = recording;
      const details = { headSha256: first.headSha256, ...(container !== undefined && { container }) };
      const facts = { ...sessionFacts(admission, id), details };
      await tx.appendAudit(createAuditEvent('session.recording.started', clock.now(), facts));
    });
  }

  function recordTerminal(admission: Admission, facts: RecordingToStart) {
    const { id, isRequired, hasStdin, startedAt } = facts;
    const patienceMs = isRequired ? REQUIRED_PATIENCE_MS : PATIENCE_MS;
    const dataKey = randomBytes(DATA_KEY_BYTES);
    // Also where no chunk can be noted: the first one may have reached the blob store, and is to be deleted some day.
    const recording = { ...facts, key: { blobStore: blobs.name, dataKey: new Secret(dataKey.toString('base64url')) } };
    let notes: ChunkNotes | undefined;
    return createTerminalSession({
      id,
      isRequired,
      wantsStdin: hasStdin,
      async begin(onFailure) {
        let isStarted = false;
        const noted = createChunkNotes({
          clock,
          onFailure,
          write: (rows) =>
            persistently({ clock, patienceMs, signal: never }, async () => {
              const isOpen = await store.transact((tx) => tx.recordings.addChunks(id, rows));
              if (!isOpen) throw new Error(`recording ${id} was ended by another server`);
            }),
        });
        notes = noted;
        return createSessionRecorder({
          recordingId: id,
          header: headerOf(admission, recording, startedAt),
          key: importChunkKey(dataKey),
          buffers,
          clock,
          limits: { ...(!isRequired && { stallMs: STALL_MS }), ...limits },
          onFailure,
          store: (chunks, signal) =>
            persistently({ clock, patienceMs, signal }, async (attempt) => {
              await putChunks(blobs, id, chunks, attempt);
              const [first] = chunks;
              if (isStarted || first === undefined) return noted.add(chunks.map(toRow));
              await storeFirst(admission, recording, first);
              isStarted = true;
            }),
        });
      },
      noteEnd: async (end) => endTerminal(admission, recording, end, (await notes?.flush()) ?? false),
      later,
      onError: (err) => logger.warn({ err, recordingId: id }, 'a recording could not be stored'),
    });
  }

  async function endTerminal(
    admission: Admission,
    recording: RecordingToStart,
    end: TerminalEnd,
    isNoted: boolean,
  ): Promise<void> {
    const { totals, missing, exitStatus, outcome } = end;
    const isStored = isNoted && totals?.isWhole === true;
    const state = isStored && missing === undefined ? 'complete' : 'incomplete';
    const failure = outcome.reason ?? (exitStatus?.kind === 'failure' ? exitStatus.status.message : undefined);
    const reason = missing ?? (isStored || totals === undefined ? undefined : 'it could not be stored');
    const exitCode =
      exitStatus?.kind === 'exitCode' ? exitStatus.exitCode : exitStatus?.kind === 'success' ? 0 : undefined;
    await writeEnd(admission, recording, {
      id: recording.id,
      state,
      endedAt: new Date(clock.now()),
      ...(reason !== undefined && { reason }),
      ...(exitCode !== undefined && { exitCode }),
      ...(failure !== undefined && { failure: failure.slice(0, 1_000) }),
    });
  }

  async function writeEnd(admission: Admission, recording: RecordingToStart, end: RecordingEnd): Promise<void> {
    await persistently({ clock, patienceMs: PATIENCE_MS, signal: never }, () =>
      store.transact(async (tx) => {
        let size = await tx.recordings.end(end);
        // Where nothing of it could be stored before, it is to be known that there was a session.
        if (size === undefined && (await tx.recordings.start(recording))) size = await tx.recordings.end(end);
        if (size !== undefined && end.ports === undefined) {
          await tx.appendAudit(endEvent(sessionFacts(admission, recording.id), end, size, clock.now()));
        }
      }),
    );
  }

  function countForward(admission: Admission, recording: RecordingToStart): RecordedSession {
    let started: Promise<unknown> = Promise.resolve();
    return createForwardedSession(
      recording.id,
      () => {
        started = store
          .transact((tx) => tx.recordings.start(recording))
          .catch((err: unknown) =>
            logger.warn({ err, recordingId: recording.id }, 'a port-forward could not be noted'),
          );
      },
      (outcome, ports) => {
        const end = { id: recording.id, state: 'complete', endedAt: new Date(clock.now()), ports } as const;
        const { reason } = outcome;
        later(started.then(() => writeEnd(admission, recording, { ...end, ...(reason && { failure: reason }) })));
      },
    );
  }

  function later(work: Promise<void>): void {
    const kept = work
      .catch((err: unknown) => logger.error({ err }, 'the end of a recording could not be stored'))
      .finally(() => ending.delete(kept));
    ending.add(kept);
  }

  return {
    async begin(admission) {
      const isRequired = admission.decision.obligations.some(({ kind }) => kind === 'record');
      const facts = describeSession(admission);
      if (facts === undefined) return isRequired ? NOT_RECORDABLE : undefined;
      const recording = toStart(admission, facts, isRequired);
      if (facts.kind === 'portForward') return countForward(admission, recording);
      const session = recordTerminal(admission, recording);
      if (!isRequired) return session;
      try {
        await session.begin();
        return session;
      } catch {
        return NOT_RECORDABLE;
      }
    },
    async close() {
      while (ending.size > 0) await Promise.all(ending);
    },
  };
}

function toRow({ number, fromMs, toMs, byteLength, sealed, headSha256 }: SealedChunk): RecordingChunkRow {
  return { number, fromMs, toMs, bytes: byteLength, storedBytes: sealed.length, headSha256 };
}

function endEvent(
  facts: ReturnType<typeof sessionFacts>,
  { state, reason, exitCode }: RecordingEnd,
  { chunkCount: chunks, bytes, headSha256 }: RecordingSize,
  at: number,
): AuditEvent {
  const stored = { state, chunks, bytes, headSha256 };
  if (state === 'complete') {
    const details = { ...stored, ...(exitCode !== undefined && { exitStatus: exitCode }) };
    return createAuditEvent('session.recording.ended', at, { ...facts, details });
  }
  const details = { ...stored, ...(reason !== undefined && { reason }) };
  return createAuditEvent('session.recording.interrupted', at, { ...facts, details });
}
