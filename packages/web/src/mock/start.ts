import { createMockApi } from './create-mock-api.ts';
import { startMockSockets } from './mock-socket.ts';

// What is asked of a cluster is left to the development server, which has a fake one.
const PATHS = /^\/(?:api\/v1\/(?!clusters\/[^/]+\/kube\/)|session(?:\/|$)|\.well-known\/sallyport$)/;

/** Puts the mock API in the place of the server, for pages that are developed without one. */
export function startMockApi(): void {
  startMockSockets();
  const { answer } = createMockApi();
  const real = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.origin !== window.location.origin || !PATHS.test(url.pathname)) return real(input, init);
    const { status, contentType, body } = await answer({
      method: request.method,
      url,
      body: await request.text(),
      signal: request.signal,
    });
    const headers = { 'content-type': contentType };
    if (typeof body === 'string') return new Response(status === 204 ? null : body, { status, headers });
    const encoder = new TextEncoder();
    const chunks = body[Symbol.asyncIterator]();
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await chunks.return?.();
      },
    });
    return new Response(stream, { status, headers });
  };
}
