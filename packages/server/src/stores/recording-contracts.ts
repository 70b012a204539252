import type {
  ClusterId,
  DecisionId,
  OrganizationId,
  PrincipalId,
  ReplicaId,
  Secret,
  SessionRecordingId,
} from '@sallyport/core';

/** What was recorded. Of a port-forward only that it was, and how many bytes went where. */
export type RecordingKind = 'exec' | 'attach' | 'portForward';

/**
 * Where a recording stands: under way; whole; cut short because its server was gone; or with something missing because it
 * could not be stored, while the session went on.
 */
export type RecordingState = 'recording' | 'complete' | 'interrupted' | 'incomplete';

/** What went through one port of a port-forward. */
export interface ForwardedPort {
  readonly port: number;
  readonly connectionCount: number;
  /** From the caller to the pod. */
  readonly bytesReceived: number;
  /** From the pod to the caller. */
  readonly bytesSent: number;
}

/** A session and what is kept of it. */
export interface SessionRecording {
  readonly id: SessionRecordingId;
  /** The proxied request that opened it. */
  readonly requestId: DecisionId;
  /** The server that carried it. */
  readonly replicaId: ReplicaId;
  readonly organizationId: OrganizationId;
  readonly clusterId: ClusterId;
  readonly clusterName: string;
  readonly principalId: PrincipalId;
  readonly userName: string;
  readonly kind: RecordingKind;
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  /** Of exec. */
  readonly command?: readonly string[];
  readonly isTty: boolean;
  /** The session was to be recorded or not to be. */
  readonly isRequired: boolean;
  /** What was typed is recorded too. */
  readonly hasStdin: boolean;
  readonly state: RecordingState;
  /** Why it is not whole. */
  readonly reason?: string;
  /** How the command ended, when it did and said so; 0 for success. */
  readonly exitCode?: number;
  /** Why the session ended, when it was neither a command's end nor the caller's. */
  readonly failure?: string;
  readonly startedAt: Date;
  readonly endedAt?: Date;
  readonly chunkCount: number;
  /** Of the asciicast, before compression. */
  readonly bytes: number;
  readonly storedBytes: number;
  /** Head of the hash chain over the stored chunks, lower-case hex. */
  readonly headSha256: string;
  /** Of a port-forward. */
  readonly ports?: readonly ForwardedPort[];
}

/** One stored chunk, without what it holds. */
export interface RecordingChunkRow {
  readonly number: number;
  /** Time of its first and last event since the start, in milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: number;
  readonly storedBytes: number;
  readonly headSha256: string;
}

/** How chunks of a recording are found and opened. */
export interface RecordingKey {
  /** Name of the blob store that they lie in. */
  readonly blobStore: string;
  /** 32 bytes, base64url. */
  readonly dataKey: Secret;
}

/** The recordings that somebody sees: those of some clusters, and their own wherever they were made. */
export interface RecordingSight {
  /** May be empty. */
  readonly clusterIds: readonly ClusterId[];
  readonly principalId: PrincipalId;
}

/** Which recordings are asked for. Given fields must all hold. */
export interface RecordingSelection {
  readonly organizationId: OrganizationId;
  /** Only what is seen so. Absent: all of the organization. */
  readonly sight?: RecordingSight;
  /** Only of these clusters; an empty list selects nothing. */
  readonly clusterIds?: readonly ClusterId[];
  readonly principalId?: PrincipalId;
  readonly kind?: RecordingKind;
  readonly state?: RecordingState;
  readonly namespace?: string;
  readonly pod?: string;
  /** Began at or after. */
  readonly since?: Date;
  /** Began before. */
  readonly until?: Date;
}

/** A recording as it begins. */
export interface RecordingToStart
  extends Pick<
    SessionRecording,
    | 'id'
    | 'requestId'
    | 'replicaId'
    | 'organizationId'
    | 'clusterId'
    | 'clusterName'
    | 'principalId'
    | 'userName'
    | 'kind'
    | 'namespace'
    | 'pod'
    | 'container'
    | 'command'
    | 'isTty'
    | 'isRequired'
    | 'hasStdin'
    | 'startedAt'
  > {
  /** Absent when nothing but its facts is kept. */
  readonly key?: RecordingKey;
}

/** What is stored of a recording. */
export type RecordingSize = Pick<SessionRecording, 'chunkCount' | 'bytes' | 'storedBytes' | 'headSha256'>;

/** How a recording ended. */
export interface RecordingEnd extends Pick<SessionRecording, 'id' | 'reason' | 'exitCode' | 'failure' | 'ports'> {
  readonly endedAt: Date;
  readonly state: Exclude<RecordingState, 'recording'>;
}

/** Session recordings, without what they hold. */
export interface RecordingRows {
  /** Newest first. `after` is the last id of the page before. */
  list(
    selection: RecordingSelection,
    page: { readonly limit: number; readonly after?: SessionRecordingId },
  ): Promise<{ readonly items: readonly SessionRecording[]; readonly totalCount: number }>;
  /** `undefined` when the organization has none of this id. */
  find(organizationId: OrganizationId, id: SessionRecordingId): Promise<SessionRecording | undefined>;
  /** How its chunks are opened; `undefined` when it has none. */
  key(id: SessionRecordingId): Promise<RecordingKey | undefined>;
  /** Stored chunks from number `from` (0: all), in order. */
  chunks(id: SessionRecordingId, from: number, limit: number): Promise<readonly RecordingChunkRow[]>;
  /** Recordings under way of servers whose lease has ended. */
  abandoned(limit: number): Promise<readonly SessionRecording[]>;
  /** Deleted recordings whose chunks may still lie in their blob store, by their ids, after `after`. */
  deleted(limit: number, after?: SessionRecordingId): Promise<readonly DeletedRecording[]>;
  /** Calls `listener` after this server noted the start, chunks or the end of any recording. Returns the way to stop. */
  watch(listener: () => void): () => void;
  /** The blobs of those who keep them in the database. */
  readonly blobs: RecordingBlobRows;
}

/** A recording that is gone, but for its chunks. */
export interface DeletedRecording {
  readonly id: SessionRecordingId;
  /** Name of the blob store that they lie in. */
  readonly blobStore: string;
}

/** Writing recordings, inside a transaction. */
export interface RecordingWrites {
  /** Writes a recording that begins; says whether it was not there yet. */
  start(recording: RecordingToStart): Promise<boolean>;
  /**
   * Notes chunks that are stored and follow on those that were noted. Says whether the recording is still one that is under
   * way: if not, nothing was noted, and nothing more will be.
   */
  addChunks(id: SessionRecordingId, chunks: readonly RecordingChunkRow[]): Promise<boolean>;
  /** Ends a recording that is under way, and yields what it came to; `undefined` when it was not. */
  end(end: RecordingEnd): Promise<RecordingSize | undefined>;
  /** Nothing is left of a deleted recording any more. */
  forget(id: SessionRecordingId): Promise<void>;
}

/** Blobs in the database. */
export interface RecordingBlobRows {
  put(key: string, body: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keys that begin with `prefix`, in order, after `after`. */
  list(prefix: string, page: { readonly limit: number; readonly after?: string }): Promise<readonly string[]>;
  delete(key: string): Promise<void>;
}
