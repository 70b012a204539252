import { Readable } from 'node:stream';
import type { RequestContent } from '@sallyport/authz';
import type { Clock, RequestAttributes } from '@sallyport/core';
import type { Refusal } from '../refusal.ts';
import type { ProxyRequest } from '../request.ts';
import { deriveContent, EMPTY_CONTENT, isTelling } from './derive-content.ts';
import { INSPECTION_LIMITS, type InspectionLimits } from './limits.ts';
import { createBodyReader, type HeldBody } from './read-body.ts';

/** A request whose body was looked at. */
export interface InspectedRequest {
  /** The request with the very bytes that were read, to be forwarded in its place. */
  readonly request: ProxyRequest;
  readonly content: RequestContent;
  /** Lets go of the bytes; to be called when the request is over. */
  release(): void;
}

/** Looks at the bodies of requests. */
export interface RequestInspector {
  /** Reads the body and says what is in it, or why that can't be told. A body that decides nothing is left unread. */
  inspect(request: ProxyRequest, attributes: RequestAttributes): Promise<InspectedRequest | Refusal>;
  /** Reads a body as it is; empty when there is none. */
  readWhole(request: ProxyRequest): Promise<HeldBody | Refusal>;
}

/** Makes an inspector; its limits hold for all requests together. */
export function createRequestInspector(clock: Clock, limits: InspectionLimits = INSPECTION_LIMITS): RequestInspector {
  const reader = createBodyReader(limits, clock);
  const readWhole = async (request: ProxyRequest) =>
    request.body === undefined ? { bytes: Buffer.alloc(0), release: noop } : reader.read(request.body);

  return {
    readWhole,
    async inspect(request, attributes) {
      if (!isTelling(attributes)) return { request, content: EMPTY_CONTENT, release: noop };
      const held = await readWhole(request);
      if ('code' in held) return held;
      const content = deriveContent(
        { method: request.method, headers: request.headers, attributes },
        held.bytes,
        limits,
      );
      if (!('code' in content)) return { request: withBytes(request, held.bytes), content, release: held.release };
      held.release();
      return content;
    },
  };
}

/** A request with these bytes in place of the body that they were read from. */
export function withBytes(request: ProxyRequest, bytes: Uint8Array): ProxyRequest {
  if (request.body === undefined) return request;
  const body = new Readable({ read: noop });
  if (bytes.length > 0) body.push(bytes);
  body.push(null);
  return { ...request, body };
}

function noop(): void {}
