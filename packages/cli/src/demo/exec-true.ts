import { Agent, WebSocket } from 'undici';

/** What {@link execInPod} needs. */
export interface ExecOptions {
  /** Base address of the Kubernetes API. */
  readonly kubeUrl: string;
  readonly caPem: string;
  readonly token: string;
  readonly namespace: string;
  readonly pod: string;
  readonly command: readonly string[];
  readonly signal: AbortSignal;
}

/** Number of the channel that carries the final Status (v4.channel.k8s.io). */
const ERROR_CHANNEL = 3;

/**
 * Runs a command in a pod by WebSocket, as kubectl does, and resolves with the Status that ends it. Rejects when the
 * stream ends without one.
 */
export async function execInPod(
  options: ExecOptions,
): Promise<{ readonly status?: string; readonly message?: string }> {
  const { kubeUrl, caPem, token, namespace, pod, command, signal } = options;
  const url = new URL(`${kubeUrl.replace(/^https/, 'wss')}/api/v1/namespaces/${namespace}/pods/${pod}/exec`);
  for (const word of command) url.searchParams.append('command', word);
  url.searchParams.set('stdout', 'true');
  url.searchParams.set('stderr', 'true');
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const socket = new WebSocket(url, {
    protocols: ['v4.channel.k8s.io'],
    headers: { authorization: `Bearer ${token}` },
    dispatcher,
  });
  socket.binaryType = 'arraybuffer';
  try {
    return await new Promise((resolve, reject) => {
      socket.addEventListener('message', ({ data }) => {
        const bytes = Buffer.from(data as ArrayBuffer);
        if (bytes[0] === ERROR_CHANNEL) resolve(JSON.parse(bytes.subarray(1).toString('utf8')));
      });
      socket.addEventListener('error', ({ error, message }) => reject(error ?? new Error(message)));
      socket.addEventListener('close', ({ code }) => reject(new Error(`the stream ended with ${code} and no status`)));
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  } finally {
    socket.close();
    await dispatcher.destroy();
  }
}
