import { API_PREFIX, type Operation, type OperationName, operations } from '@sallyport/core/api';
import { handlers } from './all-handlers.ts';
import { type MockedOperation, type MockHandlers, MockProblem } from './handlers.ts';
import { answerSignIn } from './sign-in-answers.ts';
import { createWorld, type MockWorld } from './world.ts';

/** A request as the mock API reads it. */
export interface MockRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly signal?: AbortSignal;
}

/** An answer: JSON, or text that may come piece by piece. */
export interface MockAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | AsyncIterable<string>;
}

/** How a mock API is made. */
export interface MockApiOptions {
  readonly world?: MockWorld;
  /** Handlers in the place of the usual ones, e.g. such as refuse. */
  readonly overrides?: Partial<MockHandlers<MockedOperation>>;
  /** Whether somebody is signed in. Default true. */
  readonly isSignedIn?: boolean;
}

const routes = Object.entries<Operation>(operations).map(([name, operation]) => ({
  name: name as OperationName,
  operation,
  pattern: new RegExp(`^${API_PREFIX}${operation.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)').replaceAll('.', '\\.')}$`),
}));

const json = (status: number, body: unknown): MockAnswer => ({
  status,
  contentType: 'application/json',
  body: body === undefined ? '' : JSON.stringify(body),
});

/**
 * Creates a mock of the server's REST API: typed by the contract, with a world of its own that handlers change. Bodies and queries
 * are checked against the contract as the server does; what the caller may do is not.
 */
export function createMockApi({ world = createWorld(), overrides = {}, isSignedIn = true }: MockApiOptions = {}) {
  const all: Readonly<Record<string, unknown>> = { ...handlers, ...overrides };

  async function answer({
    method,
    url,
    body,
    signal = new AbortController().signal,
  }: MockRequest): Promise<MockAnswer> {
    if (url.pathname === '/session') return sessionOf(world, isSignedIn);
    if (url.pathname === '/session/logout') return json(200, {});
    const ofSignIn = answerSignIn(method, url.pathname, body, world.now);
    if (ofSignIn !== undefined) return json(ofSignIn.status, ofSignIn.body);
    if (url.pathname === '/.well-known/sallyport') return json(200, discoveryAt(url, world));
    if (url.pathname.startsWith('/branding/logo/')) return { status: 200, contentType: 'image/svg+xml', body: LOGO };
    for (const { name, operation, pattern } of routes) {
      const found = operation.method === method ? pattern.exec(url.pathname) : null;
      if (found === null) continue;
      const handler = all[name];
      if (typeof handler !== 'function') break;
      try {
        const parameters = Object.fromEntries(
          Object.entries(found.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]),
        );
        const query = operation.query?.parse(Object.fromEntries(url.searchParams)) ?? {};
        const given = body === '' ? undefined : JSON.parse(body);
        const input = {
          ...parameters,
          ...query,
          ...(operation.body !== undefined && { body: operation.body.parse(given) && (given ?? {}) }),
        };
        const value: unknown = await handler({ input, world, signal });
        if (method !== 'GET') for (const tell of [...world.watchers]) tell();
        if (operation.formats !== undefined) {
          const format = String((query as { format?: unknown }).format ?? Object.keys(operation.formats)[0]);
          const contentType = operation.formats[format] ?? Object.values(operation.formats)[0] ?? 'text/plain';
          return { status: operation.status, contentType, body: value as string | AsyncIterable<string> };
        }
        return json(operation.status, value);
      } catch (error) {
        if (error instanceof MockProblem) return json(error.problem.status, error.problem);
        const detail = error instanceof Error ? error.message : 'the mock failed';
        return json(400, new MockProblem(400, 'ERR_API_REQUEST_INVALID', detail).problem);
      }
    }
    const { problem } = new MockProblem(404, 'ERR_API_NOT_FOUND', `the mock has nothing at ${method} ${url.pathname}`);
    return json(404, problem);
  }

  return { world, answer };
}

function sessionOf({ me }: MockWorld, isSignedIn: boolean): MockAnswer {
  if (!isSignedIn)
    return json(401, new MockProblem(401, 'ERR_API_UNAUTHENTICATED', 'nobody is signed in in this browser').problem);
  return json(200, {
    principal: me.principal,
    organization: me.organization,
    loginSession: me.loginSession,
    csrf: { header: 'x-sallyport-csrf', token: 'of-the-mock' },
  });
}

/** A logo as an installation may have one: it would do something if it were a page. */
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><circle cx="10" cy="10" r="9" fill="#b5730a"/><script>document.title = "script"</script></svg>';

const discoveryAt = ({ origin }: URL, { me }: MockWorld) => ({
  ...(me.branding && { branding: me.branding }),
  apiVersion: 'v1',
  version: '0.1.0',
  publicUrl: origin,
  apiBase: `${origin}${API_PREFIX}`,
  oauthIssuer: `${origin}/oauth`,
  oauthClientId: 'sallyport-cli',
  oauthResource: `${origin}${API_PREFIX}`,
  oauthScope: 'sallyport',
  kube: { pathPrefix: '/k' },
  agents: { address: new URL(origin).host, serverName: 'agents.sallyport.example.com' },
});
