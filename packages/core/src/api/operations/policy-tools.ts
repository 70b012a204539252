import {
  accessComparisonSchema,
  compareAccessSchema,
  explainAccessSchema,
  explainedAccessListSchema,
  suggestedRoleSchema,
  suggestRoleSchema,
} from '../policy-tools.ts';
import type { Operation } from './operation.ts';

/** Largest comparison: as many documents as one application takes. */
const MAX_COMPARISON_BYTES = 16 * 1_048_576;

/** Operations around decisions: why, what if, how little would do. */
export const policyToolOperations = {
  explainAccess: {
    method: 'POST',
    path: '/organizations/{organization}/access-explanation',
    summary: 'Says why requests to a cluster would be allowed or refused: the caller’s own, or those of somebody else',
    permission: 'clusters.read',
    body: explainAccessSchema,
    response: explainedAccessListSchema,
    status: 200,
    maxBodyBytes: MAX_COMPARISON_BYTES,
  },
  compareRecordedAccess: {
    method: 'POST',
    path: '/organizations/{organization}/access-comparison',
    summary: 'Decides what was asked of clusters again, as if documents were changed: who would gain and lose what',
    permission: 'audit.read',
    body: compareAccessSchema,
    response: accessComparisonSchema,
    status: 200,
    maxBodyBytes: MAX_COMPARISON_BYTES,
  },
  suggestRole: {
    method: 'POST',
    path: '/organizations/{organization}/role-suggestion',
    summary: 'Derives the least role from what somebody did on clusters',
    permission: 'audit.read',
    body: suggestRoleSchema,
    response: suggestedRoleSchema,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
