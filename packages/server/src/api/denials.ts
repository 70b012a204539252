import { type AuditRequest, createAuditEvent } from '@sallyport/audit';
import { createId } from '@sallyport/core';
import type { Operation } from '@sallyport/core/api';
import type { Request } from 'express';
import { ApiError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import { requestTrace } from '../request-trace.ts';
import { type ApiContext, type Call, callEvent } from './context.ts';

const MAX_PATH_CHARACTERS = 1_024;
const MAX_USER_AGENT_CHARACTERS = 256;

/** Runs an operation; a denial (also one that hides as "not found") is audited before it is answered. */
export async function auditingDenials<Result>(
  context: ApiContext,
  call: Omit<Call, 'body' | 'query'>,
  request: Request,
  operation: Operation,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const isDenial =
      error instanceof ApiError && (error.code === 'ERR_API_FORBIDDEN' || error.code === 'ERR_API_NOT_FOUND');
    if (isDenial) {
      const event = callEvent(context, call, 'api.request.denied', {
        request: describeRequest(context, request),
        details: { code: error.code, permission: operation.permission },
      });
      await context.audit.record(event, 'required');
    }
    throw error;
  }
}

/** Audits that a request presented a credential that is none of the API's. */
export async function recordRefusedCredential(context: ApiContext, request: Request): Promise<void> {
  const event = createAuditEvent('credential.refused', context.clock.now(), {
    ...requestTrace(),
    sourceAddress: plainAddress(request.socket.remoteAddress),
    request: describeRequest(context, request),
  });
  // Batched with others: whoever sends nonsense must not cost a commit each time.
  await context.audit.record(event, 'prompt');
}

function describeRequest({ clock }: ApiContext, request: Request): AuditRequest {
  const userAgent = request.headers['user-agent']?.slice(0, MAX_USER_AGENT_CHARACTERS);
  return {
    id: createId('decision', clock.now()),
    method: request.method,
    path: (request.baseUrl + request.path).slice(0, MAX_PATH_CHARACTERS),
    ...(userAgent !== undefined && { userAgent }),
  };
}
