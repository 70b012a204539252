/** The static upstream that every configuration ends at: nginx where present, else Node. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { join } from 'node:path';
import { freePort, startProcess } from './processes.ts';

/** Path of one object of about 2 KB, below any prefix. */
export const SMALL_PATH = '/api/v1/namespaces/default/configmaps/small';
/** Path of a list of 32 MB, below any prefix. */
export const BULK_PATH = '/api/v1/namespaces/default/secrets';
/** Path of an answer of {@link startWatchUpstream} that stays open, below any prefix. */
export const WATCH_PATH = '/api/v1/namespaces/default/configmaps?watch=true';
const BULK_BYTES = 32 * 1024 * 1024;

/** An upstream that listens. */
export interface Upstream {
  readonly name: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Starts it with the certificate of `pki`, its files in `folder`. */
export async function startUpstream(folder: string, pki: string): Promise<Upstream> {
  const object = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'small', namespace: 'default', resourceVersion: '1' },
    data: { text: 'x'.repeat(1_800) },
  });
  const bulk = `{"kind":"SecretList","apiVersion":"v1","metadata":{},"items":[],"pad":"${'x'.repeat(BULK_BYTES)}"}`;
  const nginx = process.env['SALLYPORT_TEST_NGINX'] ?? ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync);
  return nginx ? startNginx(nginx, { folder, pki, object, bulk }) : startNode({ pki, object, bulk });
}

async function startNginx(
  program: string,
  { folder, pki, object, bulk }: { folder: string; pki: string; object: string; bulk: string },
): Promise<Upstream> {
  const port = await freePort();
  const files = join(folder, 'nginx');
  for (const [path, text] of [
    [SMALL_PATH, object],
    [BULK_PATH, bulk],
    ['/version', '{"major":"1","minor":"36","gitVersion":"v1.36.0"}'],
  ] as const) {
    mkdirSync(join(files, path, '..'), { recursive: true });
    writeFileSync(join(files, path), text);
  }
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/json;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server {
    listen 127.0.0.1:${port} ssl http2; http2_max_requests 1000000; http2_chunk_size 64k;
    ssl_certificate ${pki}/server.crt; ssl_certificate_key ${pki}/server.key;
    root ${files};
  }
}
`,
  );
  const nginx = startProcess('/bin/sh', ['-c', `echo started; exec '${program}' -p '${folder}' -c '${config}'`]);
  await nginx.ready;
  return { name: 'nginx', port, close: () => nginx.stop() };
}

async function startNode({ pki, object, bulk }: { pki: string; object: string; bulk: string }): Promise<Upstream> {
  const bodies = new Map([
    [SMALL_PATH, Buffer.from(object)],
    [BULK_PATH, Buffer.from(bulk)],
  ]);
  return listen(pki, (request, response) => {
    const body = bodies.get(request.url.split('?')[0] ?? '');
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': 'application/json',
      'content-length': body?.length ?? 0,
    });
    if (body === undefined) response.end();
    else response.end(body);
  });
}

/** An upstream whose answer to a watch is one event, to a log one line, and then nothing for as long as the caller stays. */
export function startWatchUpstream(pki: string): Promise<Upstream> {
  return listen(pki, (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'https://upstream');
    if (searchParams.has('watch')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"type":"ADDED","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"small"}}}\n');
    } else if (pathname.endsWith('/log')) {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('a line\n');
    } else response.writeHead(404).end();
  });
}

async function listen(
  pki: string,
  answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): Promise<Upstream> {
  const server = createSecureServer(
    { key: readFileSync(join(pki, 'server.key')), cert: readFileSync(join(pki, 'server.crt')), allowHTTP1: true },
    answer,
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { name: 'Node', port: address.port, close: async () => void server.close() };
}
