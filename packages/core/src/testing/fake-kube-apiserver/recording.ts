import type { RawHeaders } from '../../raw-headers.ts';

/** A request exactly as it arrived. */
export interface RecordedRequest {
  readonly httpVersion: string;
  readonly method: string;
  /** Path and query as they stood on the request line. */
  readonly target: string;
  /** Header lines in order, with repeats; for HTTP/2 with the pseudo headers. */
  readonly rawHeaders: RawHeaders;
  /** Body bytes, complete once the request has ended. */
  readonly body: Buffer;
  /** Bytes that came after the switch of protocols, as they came. */
  readonly upgradeBytes: Buffer;
  /** Status that was answered; 0 until then. */
  readonly status: number;
  /** Id of the audit events. */
  readonly auditID: string;
}

/** Where the server notes what it sees of one request. */
export interface RequestRecorder {
  readonly request: RecordedRequest;
  addBody(bytes: Uint8Array): void;
  addUpgradeBytes(bytes: Uint8Array): void;
  setStatus(status: number): void;
}

/** Starts the record of a request. */
export function createRequestRecorder(
  head: Pick<RecordedRequest, 'httpVersion' | 'method' | 'target' | 'rawHeaders' | 'auditID'>,
): RequestRecorder {
  const body: Uint8Array[] = [];
  const upgrade: Uint8Array[] = [];
  let status = 0;
  return {
    request: {
      ...head,
      get body() {
        return Buffer.concat(body);
      },
      get upgradeBytes() {
        return Buffer.concat(upgrade);
      },
      get status() {
        return status;
      },
    },
    addBody: (bytes) => body.push(bytes),
    addUpgradeBytes: (bytes) => upgrade.push(bytes),
    setStatus(code) {
      status = code;
    },
  };
}
