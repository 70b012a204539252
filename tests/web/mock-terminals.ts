import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TERMINAL_SUBPROTOCOL, type TerminalRequest } from '@sallyport/core/api';
import { type WebSocket, WebSocketServer } from 'ws';
import { createMockTerminal } from '../../packages/web/src/mock/mock-terminal.ts';
import { mockTerminalCluster } from '../../packages/web/src/mock/terminal-handlers.ts';
import type { SiteBackend } from './site.ts';

/** Terminals without kubectl behind a mock site, with everything that pages asked of them. */
export function serveMockTerminals(): SiteBackend & {
  readonly asked: TerminalRequest[];
  /** Cuts every connection, as a server that is killed does. */
  cut(): void;
} {
  const asked: TerminalRequest[] = [];
  const sockets = new Set<WebSocket>();
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => TERMINAL_SUBPROTOCOL });
  return {
    asked,
    answer: () => false,
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
      const cluster = mockTerminalCluster(new URL(request.url ?? '/', 'http://site').pathname);
      if (cluster === undefined) return false;
      server.handleUpgrade(request, socket, head, (open) => {
        sockets.add(open);
        open.on('close', () => sockets.delete(open));
        const terminal = createMockTerminal(cluster, {
          tell: (message) => open.send(JSON.stringify(message)),
          show: (bytes) => open.send(bytes),
        });
        open.on('message', (data: Buffer, isBinary) => {
          if (isBinary) return terminal.take(data);
          const message = JSON.parse(data.toString('utf8')) as TerminalRequest;
          asked.push(message);
          terminal.ask(message);
        });
      });
      return true;
    },
    cut() {
      for (const each of sockets) each.terminate();
    },
  };
}
