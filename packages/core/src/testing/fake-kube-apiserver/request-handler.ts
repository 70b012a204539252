import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { ApiServer } from './api-server.ts';
import type { Call, Reply, StreamSink } from './call.ts';
import { type Admission, admit, type RequestHead } from './pipeline.ts';
import { createRequestRecorder, type RequestRecorder } from './recording.ts';
import { splitTarget } from './request-info.ts';
import { commonHeaders, renderError, renderReply, type WholeResponse } from './respond.ts';
import { StatusError } from './status-error.ts';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** Largest request body, as at kube-apiserver. */
const MAX_BODY_BYTES = 3 * 1_024 * 1_024;

/** The head of a Node request. */
export function requestHead(request: Request, isUpgrade: boolean): RequestHead {
  const socket = request.socket as TLSSocket;
  const peer = socket.authorized === true ? socket.getPeerCertificate().raw : undefined;
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    rawHeaders: request.rawHeaders,
    peerCertificate: peer,
    sourceIP: socket.remoteAddress ?? '127.0.0.1',
    isUpgrade,
  };
}

/** Starts the record of a request. */
export function recordRequest(api: ApiServer, request: Request, admission: Admission): RequestRecorder {
  const recorder = createRequestRecorder({
    httpVersion: request.httpVersion,
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    rawHeaders: request.rawHeaders,
    auditID: admission.audit.auditID,
  });
  api.keep(recorder.request);
  return recorder;
}

async function readBody(request: Request, recorder: RequestRecorder): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    recorder.addBody(chunk);
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (length > MAX_BODY_BYTES) {
    throw new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`);
  }
  return Buffer.concat(chunks);
}

function writeHead(response: Response, code: number, headers: readonly string[]): void {
  const grouped = new Map<string, string[]>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    grouped.set(name, [...(grouped.get(name) ?? []), headers[i + 1] as string]);
  }
  for (const [name, values] of grouped) response.setHeader(name, values.length === 1 ? (values[0] as string) : values);
  response.statusCode = code;
}

function sendWhole(response: Response, whole: WholeResponse, isHead: boolean): void {
  writeHead(response, whole.code, whole.headers);
  if (whole.code !== 304) response.setHeader('Content-Length', whole.body.length);
  if (isHead || whole.code === 304) response.end();
  else response.end(whole.body as never);
}

function streamSink(response: Response): StreamSink {
  return {
    write(bytes) {
      if (!response.writableEnded) (response.write as (chunk: Uint8Array) => boolean)(bytes);
    },
    end() {
      response.end();
    },
    onClose: (listener) => response.on('close', listener),
  };
}

/** Answers plain requests, of HTTP/1.1 and HTTP/2 alike. */
export async function handleRequest(api: ApiServer, request: Request, response: Response): Promise<void> {
  const head = requestHead(request, false);
  const admission = admit(api, head);
  const recorder = recordRequest(api, request, admission);
  const { audit, info } = admission;
  const finish = (code: number): void => {
    recorder.setStatus(code);
    api.audit.write('ResponseComplete', code, audit);
  };
  response.on('error', () => response.destroy());
  try {
    const body = await readBody(request, recorder);
    if (admission.refusal) throw admission.refusal;
    const query = splitTarget(head.target).query;
    const call: Call = { method: head.method, query, headers: head.rawHeaders, info, user: admission.user, body };
    const reply: Reply = await api.handle(call);
    if (reply.is === 'stream') {
      recorder.setStatus(200);
      if (info.verb === 'watch' || query.get('follow') === 'true') api.audit.write('ResponseStarted', 200, audit);
      writeHead(response, 200, [
        ...commonHeaders(audit.auditID),
        'Content-Type',
        reply.contentType,
        ...(reply.headers ?? []),
      ]);
      // The head must not wait for the first event.
      (response as ServerResponse).flushHeaders();
      response.on('close', () => finish(200));
      reply.run(streamSink(response));
      return;
    }
    const kind = info.isResource ? api.cluster.kinds.find(info.group, info.version, info.resource) : undefined;
    const whole = renderReply(reply, { headers: head.rawHeaders, query, kind, auditID: audit.auditID, at: api.now() });
    finish(whole.code);
    sendWhole(response, whole, head.method === 'HEAD');
  } catch (error) {
    if (!(error instanceof StatusError)) api.onUnexpected(error);
    const refusal =
      error instanceof StatusError
        ? error
        : new StatusError('InternalError', `fake API server failed: ${(error as Error).message}`);
    finish(refusal.status.code);
    if (!response.headersSent) sendWhole(response, renderError(refusal, audit.auditID), head.method === 'HEAD');
    else response.destroy();
  }
}
