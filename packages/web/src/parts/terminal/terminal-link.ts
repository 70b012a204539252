import type { TERMINAL_CHANNEL, TerminalMessage, TerminalRequest } from '@sallyport/core/api';

// Spelled out: the contract's own constants stand beside all of its schemas, which would come along.
const SUBPROTOCOL = 'terminal.v1.sallyport';
const CHANNEL: typeof TERMINAL_CHANNEL = { data: 0, errors: 1, file: 2 };

/** What a terminal of the server tells. */
export interface TerminalLinkListener {
  onMessage(message: TerminalMessage): void;
  onOutput(bytes: Uint8Array): void;
  onFile(path: string, content: Uint8Array<ArrayBuffer>): void;
  onClose(): void;
}

/** The connection of a page with its terminal. */
export interface TerminalLink {
  ask(request: TerminalRequest): void;
  type(text: string): void;
  upload(path: string, content: ArrayBuffer): void;
  close(): void;
}

/** Opens the WebSocket at `url`, which has its ticket in it. */
export function openTerminalLink(url: URL, listener: TerminalLinkListener): TerminalLink {
  const socket = new WebSocket(url, SUBPROTOCOL);
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === 'string') return listener.onMessage(JSON.parse(data) as TerminalMessage);
    const bytes = new Uint8Array(data);
    if (bytes[0] !== CHANNEL.file) return listener.onOutput(bytes.subarray(1));
    const end = 3 + new DataView(data).getUint16(1);
    listener.onFile(new TextDecoder().decode(bytes.subarray(3, end)), bytes.slice(end));
  };
  socket.onclose = () => listener.onClose();
  const send = (message: string | Uint8Array<ArrayBuffer>) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(message);
  };
  return {
    ask: (request) => send(JSON.stringify(request)),
    type: (text) => send(join([CHANNEL.data], new TextEncoder().encode(text))),
    upload(path, content) {
      const name = new TextEncoder().encode(path);
      send(join([CHANNEL.file, name.length >> 8, name.length & 255], name, new Uint8Array(content)));
    },
    close: () => socket.close(),
  };
}

function join(...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
