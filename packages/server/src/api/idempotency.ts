import { createHash } from 'node:crypto';
import type { Operation } from '@sallyport/core/api';
import { z } from 'zod';
import { ApiError } from '../errors.ts';
import type { Transaction } from '../stores/contracts.ts';
import { StoreError } from '../stores/errors.ts';
import type { IdempotentAnswer } from '../stores/idempotency-rows.ts';
import type { ApiContext, Call } from './context.ts';

/** How long an answer is kept under its key. */
const KEPT_MS = 24 * 60 * 60 * 1000;
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Keeps the answer of an operation, in the transaction that carries it out. */
export type RememberAnswer = (tx: Transaction, result: unknown) => Promise<void>;

/** What tells one request from another. */
export interface IdempotentRequest {
  readonly operation: Operation;
  readonly call: Pick<Call, 'caller' | 'parameters' | 'body'>;
  /** Value of the `Idempotency-Key` header. */
  readonly key: string;
}

/**
 * Carries out an operation once per key (the IETF draft "The Idempotency-Key HTTP Header Field"). The answer is kept in the
 * same transaction as the effect: whoever repeats the request, because the first answer was lost, gets that answer and no
 * second effect, on every server and after a crash.
 * @throws ApiError `ERR_API_IDEMPOTENCY` when the key was used for another request
 */
export async function carryOutOnce(
  { store, clock }: ApiContext,
  request: IdempotentRequest,
  work: (remember: RememberAnswer) => Promise<unknown>,
): Promise<unknown> {
  const { operation, call, key } = request;
  if (!KEY.test(key)) {
    throw new ApiError({
      code: 'ERR_API_REQUEST_INVALID',
      message: 'the Idempotency-Key is not 1 to 255 visible ASCII characters',
      problems: [{ path: 'headers.idempotency-key', message: 'is not 1 to 255 visible ASCII characters' }],
      nextStep: 'Send a UUID of your own making.',
    });
  }
  const principalId = call.caller.principal.id;
  const requestSha256 = hashRequest(request);
  const earlier = () => store.transact((tx) => tx.idempotency.find(principalId, key));
  const known = await earlier();
  if (known !== undefined) return replay(operation, known, requestSha256);
  try {
    return await work((tx, result) =>
      tx.idempotency.put({
        principalId,
        key,
        requestSha256,
        answer: JSON.stringify(encode(operation, result)),
        expiresAt: new Date(clock.now() + KEPT_MS),
      }),
    );
  } catch (error) {
    // The same request came twice at once, and the other one was faster.
    const isRace = isConflict(error);
    const faster = isRace ? await earlier() : undefined;
    if (faster === undefined) throw error;
    return replay(operation, faster, requestSha256);
  }
}

function isConflict(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === 'ERR_STORE_CONFLICT' || error.code === 'ERR_STORE_NAME_TAKEN';
  return error instanceof ApiError && error.code === 'ERR_API_CONFLICT';
}

function replay(operation: Operation, { answer, requestSha256 }: IdempotentAnswer, wanted: string): unknown {
  if (requestSha256 !== wanted) {
    throw new ApiError({
      code: 'ERR_API_IDEMPOTENCY',
      message: 'this Idempotency-Key was used for another request',
      nextStep: 'Take a new key for each request, and the same key only to repeat one.',
    });
  }
  return operation.response?.parse(JSON.parse(answer));
}

function encode({ response }: Operation, result: unknown): unknown {
  return response === undefined ? null : z.encode(response, result);
}

function hashRequest({ operation, call }: IdempotentRequest): string {
  const parts = [operation.method, operation.path, call.parameters, call.body];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
