import { z } from 'zod';
import {
  AUDIT_BUNDLE_FORMATS,
  auditBundleQuerySchema,
  auditCheckpointListSchema,
  auditCheckpointSchema,
  auditCheckpointsQuerySchema,
  auditConsistencyQuerySchema,
  auditConsistencySchema,
  auditInclusionQuerySchema,
  auditInclusionSchema,
  auditKeyListSchema,
  auditLogQuerySchema,
  auditTileSchema,
} from '../audit-proof.ts';
import type { Operation } from './operation.ts';

const LOG = '/organizations/{organization}/audit-log' as const;

/**
 * Operations that prove the audit log. They take `audit.read` on the whole organization, and `installation.read` beside it for the
 * log of what belongs to no organization.
 */
export const auditProofOperations = {
  listAuditKeys: {
    method: 'GET',
    path: '/audit-keys',
    summary: 'Lists the public keys that checkpoints of the audit log are verified with, also those that sign no more',
    permission: 'public',
    response: auditKeyListSchema,
    status: 200,
  },
  getAuditCheckpoint: {
    method: 'GET',
    path: `${LOG}/checkpoint`,
    summary: 'Shows the newest checkpoint of the log',
    permission: 'audit.read',
    query: auditLogQuerySchema,
    response: auditCheckpointSchema,
    status: 200,
  },
  listAuditCheckpoints: {
    method: 'GET',
    path: `${LOG}/checkpoints`,
    summary: 'Lists checkpoints of the log, smallest first: the last of each hour, and the newest',
    permission: 'audit.read',
    query: auditCheckpointsQuerySchema,
    response: auditCheckpointListSchema,
    status: 200,
  },
  getAuditTile: {
    method: 'GET',
    path: `${LOG}/tiles/{level}/{index}`,
    summary: 'Shows a tile of the tree of the log: up to 256 hashes',
    permission: 'audit.read',
    query: auditLogQuerySchema,
    response: auditTileSchema,
    status: 200,
  },
  proveAuditEvent: {
    method: 'GET',
    path: `${LOG}/inclusion/{id}`,
    summary: 'Proves that an event is in the log',
    permission: 'audit.read',
    query: auditInclusionQuerySchema,
    response: auditInclusionSchema,
    status: 200,
  },
  proveAuditConsistency: {
    method: 'GET',
    path: `${LOG}/consistency`,
    summary: 'Proves that the log of one size is the start of the log of another',
    permission: 'audit.read',
    query: auditConsistencyQuerySchema,
    response: auditConsistencySchema,
    status: 200,
  },
  exportAuditBundle: {
    method: 'GET',
    path: `${LOG}/bundle`,
    summary: 'Exports the log with everything that it takes to verify it without this server, as lines of JSON',
    permission: 'audit.read',
    query: auditBundleQuerySchema,
    response: z.string(),
    formats: AUDIT_BUNDLE_FORMATS,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
