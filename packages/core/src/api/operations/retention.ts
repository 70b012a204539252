import {
  auditRetentionSchema,
  auditRetentionSpecSchema,
  createLegalHoldSchema,
  legalHoldListSchema,
  legalHoldQuerySchema,
  legalHoldSchema,
  releaseLegalHoldSchema,
} from '../retention.ts';
import type { Operation } from './operation.ts';

const RETENTION = '/organizations/{organization}/audit-retention' as const;
const HOLDS = '/organizations/{organization}/legal-holds' as const;

/** Operations on how long audit events and recordings are kept. */
export const retentionOperations = {
  getAuditRetention: {
    method: 'GET',
    path: RETENTION,
    summary: 'Shows how long audit events and session recordings are kept',
    permission: 'audit.read',
    response: auditRetentionSchema,
    status: 200,
  },
  setAuditRetention: {
    method: 'PUT',
    path: RETENTION,
    summary: 'Says how long audit events and session recordings are kept',
    permission: 'audit.retain',
    body: auditRetentionSpecSchema,
    response: auditRetentionSchema,
    status: 200,
    isConditional: true,
  },
  listLegalHolds: {
    method: 'GET',
    path: HOLDS,
    summary: 'Lists legal holds, newest first',
    permission: 'audit.read',
    query: legalHoldQuerySchema,
    response: legalHoldListSchema,
    status: 200,
  },
  createLegalHold: {
    method: 'POST',
    path: HOLDS,
    summary: 'Orders that audit events and recordings are kept, whatever their retention says',
    permission: 'audit.retain',
    body: createLegalHoldSchema,
    response: legalHoldSchema,
    status: 201,
  },
  releaseLegalHold: {
    method: 'POST',
    path: `${HOLDS}/{name}/release`,
    summary: 'Releases a legal hold; retention applies to what it kept',
    permission: 'audit.retain',
    body: releaseLegalHoldSchema,
    response: legalHoldSchema,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
