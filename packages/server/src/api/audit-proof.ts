import {
  consistencyProof,
  consistencyTiles,
  createTileSet,
  edgeTiles,
  encodeBase64,
  formatNoteKey,
  inclusionProof,
  inclusionTiles,
  leafHash,
  noteKeyId,
  type TilePosition,
  type TileSet,
  treeRoot,
} from '@sallyport/audit/proof';
import { isId } from '@sallyport/core';
import type {
  AuditCheckpoint,
  AuditCheckpointList,
  AuditConsistency,
  AuditInclusion,
  AuditKeyList,
  AuditTile,
  auditBundleQuerySchema,
  auditCheckpointsQuerySchema,
  auditConsistencyQuerySchema,
  auditInclusionQuerySchema,
  auditLogQuerySchema,
} from '@sallyport/core/api';
import type { z } from 'zod';
import { exportBundle, type KeyLifeOfLog } from '../audit/export-bundle.ts';
import { ApiError } from '../errors.ts';
import type { StoredCheckpoint } from '../stores/audit-proof-contracts.ts';
import { type ApiContext, type Call, callEvent, type Handler, type PublicHandler } from './context.ts';
import { assertOnInstallation, assertPermitted } from './locate.ts';
import type { TextAnswer } from './text-answer.ts';

/** Lists the public keys of the logs. */
export const listAuditKeys: PublicHandler = async (context): Promise<AuditKeyList> => ({
  items: (await keysOf(context)).map((key) => ({
    key: formatNoteKey(key),
    name: key.name,
    keyId: noteKeyId(key),
    signsFrom: key.signsFrom,
    ...(key.signsUntil && { signsUntil: key.signsUntil }),
  })),
});

/** Shows the newest checkpoint of a log. */
export const getAuditCheckpoint: Handler = async (context, call): Promise<AuditCheckpoint> => {
  const log = logOf(context, call);
  return { log, ...(await newestOf(context, log)) };
};

/** Lists checkpoints of a log. */
export const listAuditCheckpoints: Handler = async (context, call): Promise<AuditCheckpointList> => {
  const log = logOf(context, call);
  const { after, limit } = call.query as z.output<typeof auditCheckpointsQuerySchema>;
  const { auditProof } = context.store;
  const upTo = (await auditProof.newestCheckpoint(log))?.size ?? 0;
  const items = await auditProof.checkpoints(log, { after, upTo, limit });
  return { items: items.map((checkpoint) => ({ log, ...checkpoint })) };
};

/** Shows a tile of the tree of a log. */
export const getAuditTile: Handler = async (context, call): Promise<AuditTile> => {
  const log = logOf(context, call);
  const { level = '', index = '' } = call.parameters;
  const isPlace = [level, index].every((number) => /^(?:0|[1-9][0-9]{0,14})$/.test(number)) && Number(level) < 7;
  const position = { level: Number(level), index: Number(index) };
  const [tile] = isPlace ? await context.store.auditProof.tiles(log, [position]) : [];
  if (tile === undefined) throw notFound(`the log has no tile ${level.slice(0, 16)}/${index.slice(0, 16)}`);
  return { ...position, hashes: encodeBase64(tile.hashes) };
};

/** Proves that an event is in a log. */
export const proveAuditEvent: Handler = async (context, call): Promise<AuditInclusion> => {
  const log = logOf(context, call);
  const id = call.parameters['id'] ?? '';
  const query = call.query as z.output<typeof auditInclusionQuerySchema>;
  const place = isId('auditEvent', id) ? await context.store.auditProof.placeOf(log, id) : undefined;
  if (place === undefined)
    throw notFound(`there is no audit event ${JSON.stringify(id.slice(0, 64))} in the log ${log}`);
  const newest = await newestOf(context, log);
  const size = query.size ?? newest.size;
  if (size <= place.index || size > newest.size) {
    throw notFound(
      `a tree of ${size} entries does not hold entry ${place.index}, or is larger than the log: ${newest.size}`,
    );
  }
  const tiles = await readTiles(context, log, [...inclusionTiles(place.index, size), ...edgeTiles(size)]);
  const details = { operation: 'proveAuditEvent', eventId: id } as const;
  await context.audit.record(callEvent(context, call, 'audit.read', { details }), 'required');
  return {
    log,
    index: place.index,
    size,
    salt: hex(place.salt),
    event: place.event,
    leaf: hex(leafHash(place.salt, place.event)),
    proof: inclusionProof(place.index, size, tiles).map(hex),
    root: hex(treeRoot(size, tiles)),
    ...(size === newest.size && { checkpoint: newest.note }),
  };
};

/** Proves that the log of one size is the start of the log of another. */
export const proveAuditConsistency: Handler = async (context, call): Promise<AuditConsistency> => {
  const log = logOf(context, call);
  const { first, second } = call.query as z.output<typeof auditConsistencyQuerySchema>;
  const { size } = await newestOf(context, log);
  if (first > second || second > size) {
    throw notFound(`the log has ${size} entries: there is no proof from ${first} to ${second}`);
  }
  const needed = [...consistencyTiles(first, second), ...edgeTiles(first), ...edgeTiles(second)];
  const tiles = await readTiles(context, log, needed);
  return {
    log,
    first,
    firstRoot: hex(treeRoot(first, tiles)),
    second,
    secondRoot: hex(treeRoot(second, tiles)),
    proof: consistencyProof(first, second, tiles).map(hex),
  };
};

/** Exports a log with all that proves it. Audited before anything is sent. */
export const exportAuditBundle: Handler = async (context, call): Promise<TextAnswer> => {
  const log = logOf(context, call);
  const { recordings } = call.query as z.output<typeof auditBundleQuerySchema>;
  const query = JSON.stringify({ log, recordings });
  const details = { operation: 'exportAuditBundle', format: 'ndjson', query } as const;
  await context.audit.record(callEvent(context, call, 'audit.exported', { details }), 'required');
  const at = new Date(context.clock.now());
  const { recordingHead } = context.auditProof;
  const source = {
    rows: context.store.auditProof,
    ...(recordings === 'compare' && recordingHead && { recordingHead }),
  };
  return {
    mediaType: 'application/x-ndjson',
    fileName: `audit-${log}-${at.toISOString().slice(0, 10)}.ndjson`,
    chunks: exportBundle(source, { log, keys: await keysOf(context), at }),
  };
};

/**
 * The log that a call is about.
 * @throws ApiError `ERR_API_FORBIDDEN`
 */
function logOf(context: ApiContext, call: Call): string {
  assertPermitted(context, call, 'audit.read');
  const { log } = call.query as Partial<z.output<typeof auditLogQuerySchema>>;
  if (log !== 'installation') return call.caller.organization.id;
  assertOnInstallation(context, call, 'installation.read');
  return 'installation';
}

/** Keys whose checkpoints stand in the logs, the one that signs, and what is announced. */
async function keysOf({ store, auditProof }: ApiContext): Promise<readonly KeyLifeOfLog[]> {
  const published = await store.auditProof.keys();
  const known = new Set(published.map(formatNoteKey));
  return [...published, ...auditProof.keys().filter((key) => !known.has(formatNoteKey(key)))];
}

async function newestOf({ store }: ApiContext, log: string): Promise<StoredCheckpoint> {
  const newest = await store.auditProof.newestCheckpoint(log);
  if (newest === undefined) throw notFound('the log has no checkpoint yet');
  return newest;
}

async function readTiles({ store }: ApiContext, log: string, positions: readonly TilePosition[]): Promise<TileSet> {
  const unique = new Map(positions.map(({ level, index }) => [`${level}/${index}`, { level, index }]));
  return createTileSet(await store.auditProof.tiles(log, [...unique.values()]));
}

function notFound(message: string): ApiError {
  return new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message,
    nextStep: 'Run `sallyport audit verify` to check the whole log.',
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
