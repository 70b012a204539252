import type { KubeStatus } from './status-problem.ts';

/** Subprotocols of a terminal over WebSocket, best first. Only version 5 can say that the input has ended. */
export const EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** What a terminal is told. */
export type ExecMessage =
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  | { readonly kind: 'exit'; readonly status: KubeStatus };

/** What the person types, as a message to the container. */
export const encodeInput = (text: string): Uint8Array<ArrayBuffer> =>
  channelMessage(CHANNEL.stdin, new TextEncoder().encode(text));

/** The size of the terminal, as a message to the container. */
export const encodeSize = (columns: number, rows: number): Uint8Array<ArrayBuffer> =>
  channelMessage(CHANNEL.resize, new TextEncoder().encode(JSON.stringify({ Width: columns, Height: rows })));

function channelMessage(channel: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(payload.length + 1);
  message[0] = channel;
  message.set(payload, 1);
  return message;
}

/** Reads a message of the container; `undefined` for channels that say nothing to a terminal. */
export function decodeMessage(message: Uint8Array): ExecMessage | undefined {
  const [channel] = message;
  const payload = message.subarray(1);
  if (channel === CHANNEL.stdout || channel === CHANNEL.stderr) return { kind: 'output', bytes: payload };
  if (channel !== CHANNEL.error) return undefined;
  try {
    return { kind: 'exit', status: JSON.parse(new TextDecoder().decode(payload)) as KubeStatus };
  } catch {
    return { kind: 'exit', status: { kind: 'Status', status: 'Failure', message: new TextDecoder().decode(payload) } };
  }
}

/** The exit of a command in words: "ended", "ended with exit code 2", or why it never began. */
export function exitWords(status: KubeStatus): string {
  if (status.status === 'Success') return 'ended';
  const causes = (
    status as { readonly details?: { readonly causes?: readonly { reason?: string; message?: string }[] } }
  ).details?.causes;
  const code = causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  return code === undefined ? (status.message ?? 'ended without a reason') : `ended with exit code ${code}`;
}

/** Path and query of a shell in a container: the one that every image with a shell has. */
export function execTarget(podPath: string, container: string | undefined): string {
  const query = new URLSearchParams({ command: 'sh', stdin: 'true', stdout: 'true', tty: 'true' });
  if (container !== undefined) query.set('container', container);
  return `${podPath}/exec?${query}`;
}
