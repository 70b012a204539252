import { failureStatus, type KubernetesStatus, parseStatus, successStatus } from '../status.ts';

/** Channel numbers of `*.channel.k8s.io`: the first byte of every WebSocket message of exec and attach. */
export const REMOTE_COMMAND_CHANNEL = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** One JSON Status, the last message of the session. */
  error: 3,
  /** `{"Width":…,"Height":…}`. */
  resize: 4,
  /** v5 only: the second byte names the channel that the sender half-closes. */
  close: 255,
} as const;

/** Name of a stream of exec and attach, as SPDY's `streamtype` header has it. */
export type RemoteCommandStream = 'stdin' | 'stdout' | 'stderr' | 'error' | 'resize';

/** How messages of a remote command subprotocol look on a WebSocket. */
export interface RemoteCommandSubprotocol {
  readonly name: string;
  /** Messages are text: the channel as a digit, then base64. */
  readonly base64: boolean;
  /** The error channel carries a JSON Status (v4 and later); before, plain text. */
  readonly statusObject: boolean;
  /** Channel 255 half-closes stdin (v5). */
  readonly halfClose: boolean;
}

/** Subprotocols that kube-apiserver knows for exec and attach over WebSocket, best first. */
export const REMOTE_COMMAND_SUBPROTOCOLS: readonly RemoteCommandSubprotocol[] = [
  { name: 'v5.channel.k8s.io', base64: false, statusObject: true, halfClose: true },
  { name: 'v4.channel.k8s.io', base64: false, statusObject: true, halfClose: false },
  { name: 'v4.base64.channel.k8s.io', base64: true, statusObject: true, halfClose: false },
  { name: 'channel.k8s.io', base64: false, statusObject: false, halfClose: false },
  { name: 'base64.channel.k8s.io', base64: true, statusObject: false, halfClose: false },
];

/** Subprotocol of port-forward over WebSocket whose payload is a byte stream of SPDY frames. */
export const SPDY_PORT_FORWARD_SUBPROTOCOL = 'SPDY/3.1+portforward.k8s.io';

/** The remote command subprotocol `name`; the empty name stands for `channel.k8s.io`, as at kube-apiserver. */
export function remoteCommandSubprotocol(name: string): RemoteCommandSubprotocol | undefined {
  return REMOTE_COMMAND_SUBPROTOCOLS.find((known) => known.name === (name === '' ? 'channel.k8s.io' : name));
}

/** A message of a channel, for a binary subprotocol. */
export function encodeChannelMessage(channel: number, payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + payload.length);
  message[0] = channel;
  message.set(payload, 1);
  return message;
}

/** How a remote command ended. */
export type ExitStatus =
  | { readonly kind: 'success' }
  | { readonly kind: 'exitCode'; readonly exitCode: number; readonly message: string }
  | { readonly kind: 'failure'; readonly status: KubernetesStatus };

/** The Status of a command that ended with `exitCode`, as the kubelet writes it on the error channel. */
export function exitCodeStatus(exitCode: number): Record<string, unknown> {
  if (exitCode === 0) return successStatus();
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** The Status that ends a session for a reason of ours: kubectl prints `error: MESSAGE` and exits 1. */
export function formatErrorChannelStatus(status: KubernetesStatus): Uint8Array {
  const { message, reason, code, details } = status;
  return Buffer.from(
    JSON.stringify({ metadata: {}, status: 'Failure', message, reason, ...(details && { details }), code }),
  );
}

/** Reads what came on the error channel or stream. Plain text, as older subprotocols send it, is a failure too. */
export function parseExitStatus(payload: Uint8Array): ExitStatus {
  const text = Buffer.from(payload).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'failure', status: failureStatus('InternalError', text) };
  }
  // The error channel's Status leaves out kind and apiVersion.
  const status = parseStatus(typeof value === 'object' ? { ...value, kind: 'Status' } : value);
  if (status === undefined) return { kind: 'failure', status: failureStatus('InternalError', text) };
  if (status.status === 'Success') return { kind: 'success' };
  const cause = status.details?.causes?.find((candidate) => candidate.reason === 'ExitCode');
  const exitCode = Number.parseInt(cause?.message ?? '', 10);
  if (status.reason === 'NonZeroExitCode' && Number.isInteger(exitCode)) {
    return { kind: 'exitCode', exitCode, message: status.message ?? '' };
  }
  return { kind: 'failure', status };
}

/** Size of a terminal, in characters. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** Encodes a terminal size as kubectl sends it. */
export function formatTerminalSize(size: TerminalSize): Uint8Array {
  return Buffer.from(`${JSON.stringify({ Width: size.width, Height: size.height })}\n`);
}

/** Reads one terminal size; `undefined` when it is not one. Both sides are 16-bit, as in kube-apiserver. */
export function parseTerminalSize(payload: Uint8Array): TerminalSize | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { Width: width, Height: height } = value as Record<string, unknown>;
  if (!isUint16(width) || !isUint16(height)) return undefined;
  return { width, height };
}

function isUint16(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff;
}
