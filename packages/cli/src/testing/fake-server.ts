import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createId, systemClock } from '@sallyport/core';
import {
  API_PREFIX,
  ApiProblemError,
  exportDpopKeyPair,
  generateDpopKeyPair,
  type Operation,
  type OperationName,
  type OperationOutput,
  operations,
} from '@sallyport/core/api';
import { createTestCertificateAuthority } from '@sallyport/core/testing';
import type { CliContext } from '../context.ts';
import type { StateHome } from '../state/home.ts';
import { updateProfiles } from '../state/profiles-file.ts';
import { createSessionStore } from '../state/secrets.ts';
import { createFakeApi, type FakeApi } from './fake-api.ts';
import { type Captured, runCaptured } from './run-captured.ts';

/**
 * The fake API behind TLS on loopback: commands reach it as they reach a server, by an API key or an access token that is the
 * caller's name.
 */
export interface FakeServer {
  readonly fake: FakeApi;
  readonly url: string;
  /** Runs a command line as somebody. */
  run(caller: string, argv: readonly string[], more?: Partial<CliContext>): Promise<Captured>;
  /** Makes a profile with a login session in a state folder, under a name of its own; the first one is the current one. */
  logIn(home: StateHome, profile: string, userName: string): Promise<void>;
  /** Grants and reviews that `whoAmI` tells. */
  readonly me: { grants: FakeGrants; pendingReviews: number };
  /** Ends the next requests for an operation without an answer. */
  drop(operation: OperationName, count: number): void;
  /** Refuses every request from now on, as for a session that has ended. */
  endSessions(): void;
  close(): Promise<void>;
}

type FakeGrants = OperationOutput<'whoAmI'>['grants'];

/** Starts a {@link FakeServer} that keeps its CA in `folder`. */
export async function startFakeServer(folder: string): Promise<FakeServer> {
  const fake = createFakeApi();
  const me: FakeServer['me'] = { grants: [], pendingReviews: 0 };
  const dropped = new Map<string, number>();
  let isEnded = false;

  const ca = createTestCertificateAuthority('fake');
  const { certificatePem: cert, keyPem: key } = ca.issueServer(['127.0.0.1']);
  const caFile = join(folder, 'fake-ca.pem');
  writeFileSync(caFile, ca.certificatePem);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://127.0.0.1');
    const route = findRoute(request.method ?? '', url.pathname);
    const left = dropped.get(route.name) ?? 0;
    if (left > 0) {
      dropped.set(route.name, left - 1);
      request.socket.destroy();
      return;
    }
    const caller = String(request.headers.authorization).replace(/^(Bearer|DPoP) /, '');
    const { operation, name, parameters } = route;
    const text = await readText(request);
    try {
      if (isEnded) throw refusal('ERR_API_UNAUTHENTICATED', 401, 'the login session has ended');
      const query = operation.query?.parse(Object.fromEntries(url.searchParams)) as object | undefined;
      // The body goes on as it stands on the wire: the fake's methods take what clients send.
      if (operation.body !== undefined) operation.body.parse(JSON.parse(text));
      const input = { ...parameters, ...query, ...(operation.body !== undefined && { body: JSON.parse(text) }) };
      const value = name === 'whoAmI' ? whoAmI(caller) : await fake.call(caller, name, input);
      if (operation.formats !== undefined) {
        response.writeHead(operation.status).end(String(value));
        return;
      }
      const body = operation.response === undefined ? undefined : operation.response.encode(value);
      send(response, operation.status, body);
    } catch (error) {
      const { problem } = error instanceof ApiProblemError ? error : refusal('ERR_API_INTERNAL', 500, String(error));
      send(response, problem.status, problem);
    }
  }

  const whoAmI = (caller: string) => ({
    principal: {
      ...{ id: createId('principal'), kind: 'user', issuer: 'fake', subjectClaim: caller, userName: caller },
      ...{ displayName: caller, groups: [] },
    },
    organization: { id: createId('organization'), name: 'acme' },
    loginSession: { id: createId('loginSession'), createdAt: new Date(0), expiresAt: new Date(4_000_000_000_000) },
    permissions: [],
    permissionsAnywhere: [],
    ...me,
  });

  const server = createServer({ key, cert }, (request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  return {
    fake,
    url,
    me,
    drop: (operation, count) => void dropped.set(operation, count),
    async logIn(home, name, userName) {
      const account = { url, organization: 'acme', userName };
      const oauth = { issuer: url, clientId: 'cli', resource: url, tokenEndpoint: `${url}/token` };
      const stored = { oauth, caPem: ca.certificatePem, loggedInAt: '2026-01-01T00:00:00.000Z' };
      await updateProfiles({ clock: systemClock }, home, (all) => {
        const { current = name, items } = all;
        return { ...all, current, secretStorage: 'file', items: [...items, { ...account, ...stored, name }] };
      });
      const dpopKey = await exportDpopKeyPair(await generateDpopKeyPair());
      const access = { token: userName, expiresAt: '2096-01-01T00:00:00.000Z' };
      await createSessionStore(home).write({ ...account, dpopKey, access });
    },
    endSessions() {
      isEnded = true;
    },
    run: (caller, argv, more = {}) =>
      runCaptured(argv, {
        env: {
          SALLYPORT_HOME: join(folder, 'home'),
          SALLYPORT_SERVER: url,
          SALLYPORT_API_KEY: caller,
          SALLYPORT_CA_FILE: caFile,
        },
        ...more,
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function findRoute(method: string, path: string) {
  for (const [name, operation] of Object.entries(operations) as [OperationName, Operation][]) {
    const pattern = operation.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const found = new RegExp(`^${API_PREFIX}${pattern}$`).exec(path);
    if (operation.method !== method || found === null) continue;
    const parameters = Object.entries(found.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]);
    return { name, operation, parameters: Object.fromEntries(parameters) as Record<string, string> };
  }
  throw new Error(`no operation is ${method} ${path}`);
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

function refusal(code: string, status: number, detail: string): ApiProblemError {
  return new ApiProblemError({ type: `https://docs.example/errors#${code}`, title: code, status, detail, code });
}
