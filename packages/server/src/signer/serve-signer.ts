import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from '@sallyport/core';
import { SignerError, type SignerErrorCode } from './errors.ts';
import { peerOf } from './listen.ts';
import { CAPABILITIES_PATH, KEYS_PATH, MAX_BODY_BYTES, parseSignRequest } from './protocol.ts';
import type { Signer } from './signer.ts';

/** Answers the two requests of the signer's protocol; everything else is 404. */
export function serveSigner(signer: Signer, logger: Logger): RequestListener {
  return (request, response) => {
    answer(signer, request).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const known = error instanceof SignerError ? error : undefined;
        if (known === undefined) logger.error({ err: error }, 'a request failed inside the signer');
        else logger.warn({ code: known.code, peer: peerOf(request), err: known }, 'nothing was signed');
        const { code, message } = known ?? { code: 'ERR_SIGNER_AWAY', message: 'the signer failed' };
        send(response, known === undefined ? 500 : statusOf(known.code), { code, message });
        // Whatever of the body was not read would be taken for the next request.
        if (!request.complete) request.destroy();
      },
    );
  };
}

async function answer(signer: Signer, request: IncomingMessage): Promise<object> {
  if (request.method === 'GET' && request.url === KEYS_PATH) return signer.keys();
  if (request.method !== 'POST' || request.url !== CAPABILITIES_PATH) throw malformed('there is nothing at that path');
  let body: ReturnType<typeof parseSignRequest>;
  try {
    body = parseSignRequest(await readBody(request));
  } catch (cause) {
    if (cause instanceof SignerError) throw cause;
    throw malformed('the request is not one for a capability', cause);
  }
  return signer.sign(body, peerOf(request));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw malformed(`the request is more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function statusOf(code: SignerErrorCode): number {
  switch (code) {
    case 'ERR_SIGNER_REQUEST':
      return 400;
    case 'ERR_SIGNER_REFUSED':
      return 403;
    case 'ERR_SIGNER_CLOCK':
      return 409;
    case 'ERR_SIGNER_BUSY':
      return 429;
    case 'ERR_SIGNER_LOG':
    case 'ERR_SIGNER_AWAY':
    case 'ERR_SIGNER_KEYS':
    case 'ERR_SIGNER_EXISTS':
      return 503;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
  });
  response.end(bytes);
}

function malformed(message: string, cause?: unknown): SignerError {
  return new SignerError({ code: 'ERR_SIGNER_REQUEST', message, cause });
}
