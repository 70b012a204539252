/** What was recorded, as an auditor reads it: by the REST API of a stack. */
import { type Asciicast, parseAsciicast, type RecordedEvent } from '@sallyport/audit/recording';
import type { SessionResource } from '@sallyport/core/api';
import { awaitCondition } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, type Stack } from './stack.ts';

/** A recording, read. */
export interface ReadRecording {
  readonly session: SessionResource;
  readonly cast: Asciicast;
}

/** The bytes of one stream. */
export function streamOf(events: readonly RecordedEvent[], stream: 'stdout' | 'stderr' | 'stdin'): Buffer {
  return Buffer.concat(events.flatMap((event) => (event.kind === stream ? [event.bytes] : [])));
}

/** What remarks say, in order. */
export function marksOf(events: readonly RecordedEvent[]): readonly string[] {
  return events.flatMap((event) => (event.kind === 'mark' ? [event.label] : []));
}

/** All recordings, newest first. */
export async function listRecordings(stack: Stack): Promise<readonly SessionResource[]> {
  const { api } = await stack.person('admin');
  return (await api.listSessions({ organization: ORGANIZATION, limit: 100 })).items;
}

/** Reads a recording. */
export async function readRecording(stack: Stack, session: SessionResource): Promise<ReadRecording> {
  const { api } = await stack.person('admin');
  const text = await api.getRecording({ organization: ORGANIZATION, id: session.id });
  return { session, cast: parseAsciicast(text) };
}

/**
 * Runs `work` and reads the one recording of `kind` that it left, once that is over. What `work` yields comes with it.
 */
export async function recordingOf<Result>(
  stack: Stack,
  kind: SessionResource['kind'],
  work: () => Promise<Result>,
): Promise<ReadRecording & { readonly result: Result }> {
  const known = new Set((await listRecordings(stack)).map(({ id }) => id));
  const result = await work();
  const made = await awaitCondition(
    async () => {
      const found = (await listRecordings(stack)).filter((each) => each.kind === kind && !known.has(each.id));
      return found.length > 0 && found.every(({ state }) => state !== 'recording') && found;
    },
    { what: `the ${kind} is recorded and over` },
  );
  const [session] = made;
  if (session === undefined || made.length !== 1) throw new Error(`${made.length} sessions were recorded`);
  if (kind !== 'portForward') return { ...(await readRecording(stack, session)), result };
  return { session, cast: { header: {} as never, events: [] }, result };
}

/** Resolves once the audit log tells of a recording with each of these codes, and once only. */
export async function told(stack: Stack, session: SessionResource, codes: readonly string[]): Promise<void> {
  const { api } = await stack.person('admin');
  await awaitCondition(
    async () => {
      const { items } = await api.listAuditEvents({ organization: ORGANIZATION, recording: session.id, limit: 100 });
      return codes.every((code) => items.filter((event) => event.code === code).length === 1);
    },
    { what: `the audit log tells of ${session.id}: ${codes.join(', ')}` },
  );
}

/** Changes settings of the stack's cluster. They are in force once this resolves. */
export async function setClusterSettings(
  stack: Stack,
  settings: { readonly requireRecording?: boolean; readonly recordStdin?: boolean },
): Promise<void> {
  const { api } = await stack.person('admin');
  const { apiVersion, kind, metadata, spec } = await api.getCluster({ organization: ORGANIZATION, name: CLUSTER });
  const { name, labels, resourceVersion } = metadata;
  await api.updateCluster({
    organization: ORGANIZATION,
    name: CLUSTER,
    body: {
      ...{ apiVersion, kind, spec: { ...spec, settings: { ...spec.settings, ...settings } } },
      metadata: { name, resourceVersion, ...(labels && { labels }) },
    },
  });
}
