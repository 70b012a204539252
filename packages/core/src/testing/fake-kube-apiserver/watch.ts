import type { Cluster, Reply, ResourceCall, StreamSink } from './call.ts';
import { groupVersion } from './kinds.ts';
import { readResourceVersion } from './list.ts';
import { negotiate } from './negotiate.ts';
import type { Json, KubeObject } from './objects.ts';
import { parseIncludeObject } from './represent.ts';
import { parseSelectors } from './selectors.ts';
import { invalid, StatusError } from './status-error.ts';
import type { StoreEvent } from './storage.ts';
import { createTable, partialMetadata } from './tables.ts';

const BOOKMARK_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 30 * 60_000;

/** Type and object of a change as one watcher sees it, through its selectors. */
function visible(event: StoreEvent, isSelected: (object: KubeObject) => boolean): Json | undefined {
  const was = event.previous !== undefined && isSelected(event.previous);
  const is = event.type !== 'DELETED' && isSelected(event.object);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: event.object };
  if (!was) return undefined;
  // An object that left the selection is shown as it last was, with the version of the change.
  const last = event.previous;
  const { resourceVersion } = event.object.metadata;
  return { type: 'DELETED', object: { ...last, metadata: { ...last.metadata, resourceVersion } } };
}

function checkWatchList(query: URLSearchParams): boolean {
  const wanted = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch');
  if (wanted === null) {
    if (match)
      throw invalid('ListOptions', 'meta.k8s.io', '', [
        {
          field: 'resourceVersionMatch',
          reason: 'FieldValueForbidden',
          message: 'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        },
      ]);
    return false;
  }
  if (match !== 'NotOlderThan') {
    throw invalid('ListOptions', 'meta.k8s.io', '', [
      {
        field: 'resourceVersionMatch',
        reason: 'FieldValueForbidden',
        message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      },
    ]);
  }
  if (wanted === 'true' && query.get('allowWatchBookmarks') !== 'true') {
    throw invalid('ListOptions', 'meta.k8s.io', '', [
      {
        field: 'allowWatchBookmarks',
        reason: 'FieldValueForbidden',
        message: 'Forbidden: sendInitialEvents requires setting allowWatchBookmarks to true',
      },
    ]);
  }
  return wanted === 'true';
}

/** Answers a watch: past events from `resourceVersion` on, or the present state, then changes until a side ends it. */
export function watchObjects(cluster: Cluster, call: ResourceCall): Reply {
  const { kind, info, query } = call;
  const isSelected = parseSelectors(query, kind.resource);
  const inNamespace = (object: KubeObject): boolean =>
    info.namespace === '' || object.metadata.namespace === info.namespace;
  const selected = (object: KubeObject): boolean => inNamespace(object) && isSelected(object);
  const sendInitial = checkWatchList(query);
  const form = negotiate(call.headers);
  const bookmarks = query.get('allowWatchBookmarks') === 'true';
  const from = readResourceVersion(query);
  const timeoutSeconds = Number(query.get('timeoutSeconds') ?? 0);

  function run(sink: StreamSink): void {
    let withColumns = true;
    const send = (event: Json): void => {
      let object = event['object'] as KubeObject;
      if (form.as === 'table' && object.kind !== 'Status') {
        const rows = event['type'] === 'BOOKMARK' ? [] : [object];
        const { resourceVersion, annotations } = object.metadata;
        object = createTable(rows, {
          kind,
          metadata: { resourceVersion, ...(annotations && event['type'] === 'BOOKMARK' && { annotations }) },
          includeObject: parseIncludeObject(query),
          apiVersion: form.apiVersion,
          at: cluster.clock.now(),
          withColumns,
        }) as KubeObject;
        withColumns = false;
      } else if (form.as === 'partial' && object.kind !== 'Status') {
        object = partialMetadata(object, form.apiVersion) as KubeObject;
      }
      sink.write(Buffer.from(`${JSON.stringify({ type: event['type'], object })}\n`));
    };
    const bookmark = (annotations?: Record<string, string>): void =>
      send({
        type: 'BOOKMARK',
        object: {
          kind: kind.kind,
          apiVersion: groupVersion(kind),
          metadata: {
            resourceVersion: String(cluster.storage.resourceVersion),
            creationTimestamp: null,
            ...(annotations && { annotations }),
          },
        },
      });

    try {
      if (from === undefined || from === 0 || sendInitial) {
        for (const object of cluster.storage.list(kind, info.namespace))
          if (isSelected(object)) send({ type: 'ADDED', object });
        if (sendInitial) bookmark({ 'k8s.io/initial-events-end': 'true' });
      } else {
        for (const past of cluster.storage.since(kind, from)) {
          const event = visible(past, selected);
          if (event) send(event);
        }
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      // The handshake is over: a version that is too old is told as an event, as the watch cache does.
      send({ type: 'ERROR', object: error.status });
      sink.end();
      return;
    }

    const resource = kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
    const unsubscribe = cluster.storage.subscribe((change) => {
      if (change.resource !== resource) return;
      const event = visible(change, selected);
      if (event) send(event);
    });
    let nextBookmark = cluster.clock.setTimeout(function tick() {
      if (bookmarks) bookmark();
      nextBookmark = cluster.clock.setTimeout(tick, BOOKMARK_INTERVAL_MS);
    }, BOOKMARK_INTERVAL_MS);
    const timeout = cluster.clock.setTimeout(
      () => {
        stop();
        sink.end();
      },
      timeoutSeconds > 0 ? timeoutSeconds * 1_000 : DEFAULT_TIMEOUT_MS,
    );
    const stop = (): void => {
      unsubscribe();
      nextBookmark.cancel();
      timeout.cancel();
    };
    sink.onClose(stop);
  }

  return { is: 'stream', contentType: form.yaml ? 'application/yaml;stream=watch' : 'application/json', run };
}
