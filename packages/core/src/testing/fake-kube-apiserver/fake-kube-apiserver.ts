import type { IncomingMessage } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../../clock.ts';
import { createApiServer } from './api-server.ts';
import type { AuditLog } from './audit-log.ts';
import type { FakeKubeUser } from './authenticate.ts';
import { createTestCertificateAuthority, type IssuedCertificate } from './certificates.ts';
import type { FakeImage } from './kubelet.ts';
import type { VersionInfo } from './non-resource-api.ts';
import type { KubeObject } from './objects.ts';
import type { RecordedRequest } from './recording.ts';
import { handleRequest } from './request-handler.ts';
import { demoImages, seedDemo } from './seed.ts';
import { handleUpgrade } from './upgrade-handler.ts';

/** Options of {@link createFakeKubeApiServer}; all may be left out. */
export interface FakeKubeApiServerOptions {
  /** Users with bearer tokens. Default: one, `admin` with the token `admin-token`, in `system:masters`. */
  readonly users?: readonly FakeKubeUser[];
  /** Names of the nodes. Default: `node-1` and `node-2`. */
  readonly nodes?: readonly string[];
  /** `demo` adds namespaces, deployments, pods with logs and an agent's rights; default `empty`. */
  readonly seed?: 'empty' | 'demo';
  /** What containers run when their pod names no command, by image name without registry and tag; `*` for all others. */
  readonly images?: Readonly<Record<string, FakeImage>>;
  /** What `/version` says. Default: 1.36. */
  readonly version?: VersionInfo;
  /** Server certificate for 127.0.0.1 and the CA it is from. Default: made on the spot. */
  readonly tls?: IssuedCertificate & { readonly caPem: string };
  readonly clock?: Clock;
  /** Keep every request and audit event in memory. Default true; false for a demo that runs for days. */
  readonly isRecording?: boolean;
  /** Told of errors in the fake itself; default: they are thrown to the process, so that no test passes over them. */
  readonly onUnexpected?: (error: unknown) => void;
}

/** A running fake. */
export interface FakeKubeApiServer {
  /** Starts to listen on 127.0.0.1 and resolves with the URL. Port 0 (default) takes a free one. */
  listen(port?: number): Promise<string>;
  /** `https://127.0.0.1:<port>`; empty before `listen`. */
  readonly url: string;
  /** CA of the server certificate. */
  readonly caPem: string;
  /** Every request since the start, byte for byte. */
  readonly requests: readonly RecordedRequest[];
  /** Audit events since the start. */
  readonly audit: AuditLog;
  /** A client certificate that the fake accepts: user from the name, groups from the organizations. */
  issueClientCertificate(user: string, groups?: readonly string[]): IssuedCertificate;
  /** Stores an object as a component of the cluster would, without admission. */
  put(object: KubeObject): KubeObject;
  /** Reads an object; `undefined` when there is none. */
  get(apiVersion: string, kind: string, namespace: string, name: string): KubeObject | undefined;
  /** Adds to a container's log. @throws when the container does not run */
  appendLog(namespace: string, pod: string, container: string, text: string): void;
  /** Forgets the history of changes, so that older versions are answered with 410. */
  compact(): void;
  /** Number of open connections. */
  readonly connectionCount: number;
  /** A kubeconfig file's text for a user's token or certificate. */
  kubeconfig(credential: { readonly token: string } | IssuedCertificate): string;
  /** Ends all connections and stops. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_VERSION: VersionInfo = { major: '1', minor: '36', gitVersion: 'v1.36.2' };
const DEFAULT_USERS: readonly FakeKubeUser[] = [{ name: 'admin', groups: ['system:masters'], token: 'admin-token' }];

/**
 * Creates a fake kube-apiserver for tests and demos: discovery, OpenAPI, storage with watches, RBAC, impersonation,
 * audit, small controllers, and pods whose containers are a scripted shell in memory. Behaves as 1.36 does towards
 * kubectl 1.20 to 1.36. It is no security boundary: only for loopback.
 */
export function createFakeKubeApiServer(options: FakeKubeApiServerOptions = {}): FakeKubeApiServer {
  const clock = options.clock ?? systemClock;
  const ca = createTestCertificateAuthority('fake-kubernetes-ca');
  const server = options.tls ?? { ...ca.issueServer(['127.0.0.1', 'localhost']), caPem: ca.certificatePem };
  const sockets = new Set<Duplex>();
  let url = '';
  const api = createApiServer({
    clock,
    users: options.users ?? DEFAULT_USERS,
    version: options.version ?? DEFAULT_VERSION,
    images: { ...demoImages, ...options.images },
    nodes: options.nodes ?? ['node-1', 'node-2'],
    isRecording: options.isRecording ?? true,
    address: () => url,
    onUnexpected:
      options.onUnexpected ??
      ((error) => {
        setImmediate(() => {
          throw error;
        });
      }),
  });
  if (options.seed === 'demo') seedDemo(api);

  const listener = createSecureServer(
    {
      allowHTTP1: true,
      cert: server.certificatePem,
      key: server.keyPem,
      ca: ca.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
      settings: { maxConcurrentStreams: 250, initialWindowSize: 1_048_576, maxHeaderListSize: 1_048_576 },
      maxHeaderSize: 1_048_576,
    } as Parameters<typeof createSecureServer>[0],
    (request, response) => void handleRequest(api, request, response),
  );
  listener.on(
    'upgrade',
    (request: IncomingMessage, socket: Duplex, head: Buffer) => void handleUpgrade(api, request, socket, head),
  );
  listener.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  // Clients that give up during the handshake are everyday life for a server.
  listener.on('tlsClientError', (_error, socket) => socket.destroy());
  listener.on('sessionError', () => undefined);

  let closing: Promise<void> | undefined;
  const kindOf = (apiVersion: string, kind: string) => api.cluster.kinds.findKind(apiVersion, kind);

  return {
    caPem: server.caPem,
    requests: api.requests,
    audit: api.audit,
    get url() {
      return url;
    },
    get connectionCount() {
      return sockets.size;
    },
    async listen(port = 0) {
      await new Promise<void>((resolve, reject) => {
        listener.once('error', reject);
        listener.listen(port, '127.0.0.1', resolve);
      });
      url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
      return url;
    },
    issueClientCertificate: (user, groups) => ca.issueClient(user, groups),
    put: api.put,
    get(apiVersion, kind, namespace, name) {
      const found = kindOf(apiVersion, kind);
      return found && api.cluster.storage.get(found, namespace, name);
    },
    appendLog(namespace, pod, container, text) {
      const kind = kindOf('v1', 'Pod');
      const object = kind && api.cluster.storage.get(kind, namespace, pod);
      if (!object) throw new Error(`no pod ${namespace}/${pod}`);
      api.kubelet.container(object, container).log.append(Buffer.from(text));
    },
    compact: () => api.cluster.storage.compact(),
    kubeconfig(credential) {
      const base64 = (text: string): string => Buffer.from(text).toString('base64');
      const user =
        'token' in credential
          ? { token: credential.token }
          : {
              'client-certificate-data': base64(credential.certificatePem),
              'client-key-data': base64(credential.keyPem),
            };
      return JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'fake', cluster: { server: url, 'certificate-authority-data': base64(server.caPem) } }],
        users: [{ name: 'user', user }],
        contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'user' } }],
        'current-context': 'fake',
      });
    },
    close() {
      closing ??= (async () => {
        api.close();
        const gone = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
        const stopped = listener.listening ? new Promise((resolve) => listener.close(resolve)) : undefined;
        for (const socket of sockets) socket.destroy();
        await Promise.all([stopped, ...gone]);
      })();
      return closing;
    },
  };
}
