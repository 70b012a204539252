import { type ClusterId, isCodedError, isId } from '@sallyport/core';
import {
  MAX_PAGE_SIZE,
  type PlatformPermission,
  type RecordedSessionList,
  type RecordingQuery,
  type SessionListQuery,
  type SessionResource,
  type terminateSessionSchema,
} from '@sallyport/core/api';
import type { z } from 'zod';
import { ApiError } from '../errors.ts';
import { followRecording, type RecordingNews, type RecordingRange, readRecording } from '../sessions/read-recording.ts';
import type { ChunkReader } from '../sessions/recording-source.ts';
import type { RecordingSelection, RecordingSight, SessionRecording } from '../stores/contracts.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { notOfAListing } from './not-of-a-listing.ts';
import { isPermitted } from './permissions.ts';
import type { TextAnswer } from './text-answer.ts';

/** Lists the sessions that the caller sees. */
export const listSessions: Handler = async (context, call): Promise<RecordedSessionList> => {
  const { limit, continue: after, ...filter } = call.query as SessionListQuery;
  if (after !== undefined && !isId('sessionRecording', after)) throw notOfAListing();
  const page = { limit, ...(after !== undefined && { after }) };
  const { items, totalCount } = await context.store.recordings.list(selectionOf(context, call, filter), page);
  await auditReading(context, call, { operation: 'listSessions', count: items.length });
  const last = items.length === limit ? items.at(-1) : undefined;
  return { items: items.map(describeSession), metadata: { ...(last && { continue: last.id }), totalCount } };
};

/** Lists the caller's own sessions that run. */
export const listMySessions: Handler = async ({ store }, { caller }): Promise<RecordedSessionList> => {
  const selection = { organizationId: caller.organization.id, principalId: caller.principal.id, state: 'recording' };
  const { items, totalCount } = await store.recordings.list(selection as RecordingSelection, { limit: MAX_PAGE_SIZE });
  return { items: items.map(describeSession), metadata: { totalCount } };
};

/** Shows one session. */
export const getSession: Handler = async (context, call): Promise<SessionResource> => {
  const session = await findReadable(context, call);
  await auditReading(context, call, { operation: 'getSession' }, session);
  return describeSession(session);
};

/** Reads a recording, of a running session up to now. */
export const getRecording: Handler = async (context, call): Promise<TextAnswer> => {
  const session = await findRecorded(context, call);
  const readChunk = await openRecording(context, session);
  await auditReading(context, call, { operation: 'getRecording' }, session);
  const chunks = readRecording(context.store, readChunk, session, rangeOf(call.query as RecordingQuery));
  // What can't be read at all is told in place of the answer: once that has begun, there is no other.
  const first = await chunks.next().catch((error: unknown) => {
    throw unreadable(session, error);
  });
  return {
    mediaType: 'application/x-asciicast',
    fileName: `${session.id}.cast`,
    chunks: first.done ? chunks : startingWith(first.value, chunks),
  };
};

async function* startingWith(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

async function openRecording({ recordings }: ApiContext, session: SessionRecording): Promise<ChunkReader> {
  try {
    return await recordings.open(session.id);
  } catch (error) {
    throw unreadable(session, error);
  }
}

/** What is out of reach, in the words of the API; any other fault as it is. */
function unreadable({ id, chunkCount, state }: SessionRecording, error: unknown): unknown {
  if (!isCodedError(error) || (error.code !== 'ERR_BLOB_STORE' && error.code !== 'ERR_RECORDING_CHUNK')) return error;
  return new ApiError({
    code: 'ERR_API_RECORDING_UNREADABLE',
    message: `the ${chunkCount} chunks of recording ${id} (${state}) can not be read on this server [${error.code}]`,
    nextStep: "Try again in a moment; if it lasts, look into the server's log.",
    cause: error,
  });
}

function rangeOf({ fromSeconds, toSeconds }: RecordingQuery): RecordingRange {
  return {
    ...(fromSeconds !== undefined && { fromMs: fromSeconds * 1_000 }),
    ...(toSeconds !== undefined && { toMs: toSeconds * 1_000 }),
  };
}

/** Follows a running session; ends with it, and with what lets the caller do so. */
export const watchRecording: Handler = async (context, call): Promise<TextAnswer> => {
  const session = await findRecorded(context, call);
  await auditReading(context, call, { operation: 'watchRecording' }, session);
  const { caller, lastEventId } = call;
  const after = lastEventId === undefined ? undefined : Number(lastEventId);
  if (after !== undefined && !Number.isSafeInteger(after)) throw notOfAListing();
  const news = followRecording(
    {
      store: context.store,
      readChunk: await openRecording(context, session),
      clock: context.clock,
      ...(after !== undefined && { after }),
      isPermitted(recording) {
        const login = context.loginSessions.find(caller.loginSession.id);
        return login !== undefined && mayRead(context, login.principal, recording);
      },
    },
    session,
  );
  return { mediaType: 'text/event-stream', chunks: serverSentEvents(news) };
};

async function* serverSentEvents(news: AsyncIterable<RecordingNews>): AsyncGenerator<string> {
  for await (const piece of news) {
    if (piece.kind === 'quiet') yield ':\n\n';
    else if (piece.kind === 'chunk') {
      const lines = piece.lines.split('\n').filter(Boolean);
      yield `id: ${piece.number}\n${lines.map((line) => `data: ${line}\n`).join('')}\n`;
    } else {
      const end =
        piece.kind === 'refused'
          ? { reason: 'you may not watch this session any longer' }
          : { state: piece.recording.state, ...(piece.recording.failure && { reason: piece.recording.failure }) };
      yield `event: end\ndata: ${JSON.stringify(end)}\n\n`;
    }
  }
}

/** Ends a running session of somebody. */
export const terminateSession: Handler = async (context, call): Promise<void> => {
  const session = await lookUp(context, call);
  const { principal } = call.caller;
  if (session === undefined || !maySee(context, principal, 'sessions.terminate', session.clusterId)) {
    throw noSession(call);
  }
  await terminate(context, call, session);
};

/** Ends a running session of the caller. */
export const terminateMySession: Handler = async (context, call): Promise<void> => {
  const session = await lookUp(context, call);
  if (session?.principalId !== call.caller.principal.id) throw noSession(call);
  await terminate(context, call, session);
};

async function terminate(context: ApiContext, call: Call, session: SessionRecording): Promise<void> {
  if (session.state !== 'recording') {
    throw new ApiError({
      code: 'ERR_API_CONFLICT',
      message: `session ${session.id} ended at ${(session.endedAt ?? session.startedAt).toISOString()}`,
    });
  }
  const { reason } = call.body as z.output<typeof terminateSessionSchema>;
  const { requestId } = session;
  await context.store.transact(async (tx) => {
    const isFirst = await tx.sessions.terminate({
      id: requestId,
      reason,
      terminatedBy: call.caller.principal.userName,
      terminatedAt: new Date(context.clock.now()),
    });
    if (!isFirst) return;
    const facts = { ...factsOf(session), details: { requestId, reason } };
    await tx.appendAudit(callEvent(context, call, 'session.terminated', facts));
  });
  await context.snapshots.refresh();
}

/** The selection that a filter asks for, within what the caller sees: by permission, and what is the caller's own. */
export function selectionOf(
  { snapshots }: ApiContext,
  { caller }: Call,
  { user, cluster, from, to, ...rest }: Omit<SessionListQuery, 'limit' | 'continue'>,
): RecordingSelection {
  const snapshot = snapshots.current();
  const organizationId = caller.organization.id;
  const visible = snapshot.permissions.visible(caller.principal, 'sessions.read');
  let sight: RecordingSight | undefined;
  if (visible !== 'all') {
    const seen = snapshot.list('Cluster', organizationId).filter((each) => visible.includesCluster(each));
    sight = { clusterIds: seen.map(({ id }) => id), principalId: caller.principal.id };
  }
  let clusterIds: readonly ClusterId[] | undefined;
  if (cluster !== undefined) {
    const wanted = isId('cluster', cluster) ? cluster : snapshot.find('Cluster', cluster, organizationId)?.id;
    clusterIds = wanted === undefined ? [] : [wanted];
  }
  const principal = user === undefined ? undefined : snapshot.find('Principal', user, organizationId);
  if (user !== undefined && principal === undefined) clusterIds = [];
  return {
    organizationId,
    ...(sight && { sight }),
    ...(clusterIds && { clusterIds }),
    ...(principal && { principalId: principal.id }),
    ...(from && { since: from }),
    ...(to && { until: to }),
    ...definedOf(rest),
  };
}

function definedOf({ kind, state, namespace, pod }: Pick<SessionListQuery, 'kind' | 'state' | 'namespace' | 'pod'>) {
  return {
    ...(kind && { kind }),
    ...(state && { state }),
    ...(namespace !== undefined && { namespace }),
    ...(pod !== undefined && { pod }),
  };
}

/** Writes down that what is recorded was read, before any of it is given. */
export async function auditReading(
  context: ApiContext,
  call: Call,
  details: { readonly operation: string; readonly query?: string; readonly count?: number },
  session?: SessionRecording,
): Promise<void> {
  const facts = { ...(session && factsOf(session)), details };
  await context.audit.record(callEvent(context, call, 'recording.read', facts), 'required');
}

function factsOf({ id, clusterId, clusterName }: SessionRecording) {
  return { recordingId: id, clusterId, clusterName };
}

/** @throws ApiError `ERR_API_NOT_FOUND` also when only its facts are kept */
async function findRecorded(context: ApiContext, call: Call): Promise<SessionRecording> {
  const session = await findReadable(context, call);
  if (session.kind !== 'portForward') return session;
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `session ${session.id} is a port-forward, of which only the byte counts are kept`,
    nextStep: `Run \`sallyport sessions show ${session.id}\` to see them.`,
  });
}

/** @throws ApiError `ERR_API_NOT_FOUND` for one that the caller may not see as for one that is not there */
async function findReadable(context: ApiContext, call: Call): Promise<SessionRecording> {
  const session = await lookUp(context, call);
  if (session !== undefined && mayRead(context, call.caller.principal, session)) return session;
  throw noSession(call);
}

async function lookUp({ store }: ApiContext, { caller, parameters }: Call): Promise<SessionRecording | undefined> {
  const id = parameters['id'] ?? '';
  return isId('sessionRecording', id) ? store.recordings.find(caller.organization.id, id) : undefined;
}

/** One's own are read without a permission, also those on a cluster that is gone. */
function mayRead(
  context: ApiContext,
  principal: Call['caller']['principal'],
  { principalId, clusterId }: Pick<SessionRecording, 'principalId' | 'clusterId'>,
): boolean {
  return principalId === principal.id || maySee(context, principal, 'sessions.read', clusterId);
}

/** A cluster that is gone is seen by those alone who hold the permission on the whole organization. */
function maySee(
  { snapshots }: ApiContext,
  principal: Call['caller']['principal'],
  permission: PlatformPermission,
  clusterId: ClusterId,
): boolean {
  const snapshot = snapshots.current();
  const cluster = snapshot.clusters.get(clusterId);
  return (
    isPermitted(snapshot, principal, permission) ||
    (cluster !== undefined && isPermitted(snapshot, principal, permission, cluster))
  );
}

function noSession({ parameters }: Call): ApiError {
  return new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no session ${JSON.stringify((parameters['id'] ?? '').slice(0, 64))} for you`,
    nextStep: 'Run `sallyport sessions list` to see those that there are.',
  });
}

/** A session in the words of the contract. */
export function describeSession(session: SessionRecording): SessionResource {
  const { organizationId: _, replicaId: __, userName, clusterName, command, ports, ...rest } = session;
  return {
    ...rest,
    user: userName,
    cluster: clusterName,
    ...(command && { command: [...command] }),
    ...(ports && { ports: [...ports] }),
  };
}
