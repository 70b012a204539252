import type { Clock } from '../../clock.ts';
import type { RawHeaders } from '../../raw-headers.ts';
import type { KindRegistry, ResourceKind } from './kinds.ts';
import type { Json } from './objects.ts';
import type { Rbac } from './rbac.ts';
import type { RequestInfo } from './request-info.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import type { Storage } from './storage.ts';
import type { UserInfo } from './user.ts';

/** The state behind the API: what handlers share. */
export interface Cluster {
  readonly clock: Clock;
  readonly storage: Storage;
  readonly kinds: KindRegistry;
  readonly rbac: Rbac;
  readonly tokens: ServiceAccountTokens;
  readonly allocate: { readonly clusterIp: () => string; readonly nodePort: () => number };
}

/** One authenticated, authorized request. */
export interface Call {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: RawHeaders;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly body: Buffer;
}

/** A call on a resource that is served. */
export interface ResourceCall extends Call {
  readonly kind: ResourceKind;
}

/** Where a streamed answer goes. */
export interface StreamSink {
  /** Sends bytes; for WebSocket transports each call is one message. */
  write(bytes: Uint8Array): void;
  end(): void;
  readonly onClose: (listener: () => void) => void;
}

/** An answer. */
export type Reply =
  | { readonly is: 'object'; readonly code: number; readonly object: Json; readonly headers?: readonly string[] }
  | {
      readonly is: 'body';
      readonly code: number;
      readonly contentType: string;
      readonly body: Uint8Array | string;
      readonly headers?: readonly string[];
    }
  | {
      readonly is: 'stream';
      readonly contentType: string;
      readonly headers?: readonly string[];
      /** Starts writing; must stop when the sink closes. */
      readonly run: (sink: StreamSink) => void;
    };

/** An object with its HTTP status. */
export function objectReply(code: number, object: Json, headers?: readonly string[]): Reply {
  return { is: 'object', code, object, ...(headers && headers.length > 0 && { headers }) };
}

/** Plain text with status 200. */
export function textReply(body: string): Reply {
  return { is: 'body', code: 200, contentType: 'text/plain; charset=utf-8', body };
}
