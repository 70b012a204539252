import type { TerminalRequest } from '@sallyport/core/api';
import { createMockTerminal, type MockTerminal } from './mock-terminal.ts';
import { mockTerminalCluster } from './terminal-handlers.ts';

/** Puts mock terminals in the place of the WebSockets of terminals; every other one is a real one. */
export function startMockSockets(): void {
  const Real = window.WebSocket;
  window.WebSocket = new Proxy(Real, {
    construct(target, [url, protocols]: [string | URL, string?]) {
      const cluster = mockTerminalCluster(new URL(url, window.location.href).pathname);
      return cluster === undefined ? new target(url, protocols) : new MockSocket(cluster);
    },
  });
}

/** The part of a WebSocket that the page of a terminal uses. */
class MockSocket {
  binaryType = 'arraybuffer';
  readonly readyState = WebSocket.OPEN;
  onmessage: ((event: { readonly data: string | ArrayBuffer }) => void) | undefined;
  onclose: (() => void) | undefined;
  private terminal: MockTerminal | undefined;

  constructor(cluster: string) {
    // As with a real one, nothing comes before the listeners are set.
    queueMicrotask(() => {
      this.terminal = createMockTerminal(cluster, {
        tell: (message) => this.onmessage?.({ data: JSON.stringify(message) }),
        show: (bytes) => this.onmessage?.({ data: bytes.buffer }),
      });
    });
  }

  send(data: string | Uint8Array): void {
    if (typeof data === 'string') this.terminal?.ask(JSON.parse(data) as TerminalRequest);
    else this.terminal?.take(data);
  }

  close(): void {
    this.onclose?.();
  }
}
