import type { KubeClient } from './kube-client.ts';
import { logPath } from './log-lines.ts';

/** Most of a log that is kept as a file, in characters; what is beyond is for kubectl, which writes to disk as it reads. */
export const MAX_LOG_CHARACTERS = 64 * 1024 * 1024;

/** A log as the cluster keeps it. */
export interface WholeLog {
  readonly parts: readonly string[];
  /** Whether {@link MAX_LOG_CHARACTERS} cut it. */
  readonly isCut: boolean;
}

/** Reads the log of a container from its beginning, not only what is shown of it. */
export async function readWholeLog(
  client: KubeClient,
  podPath: string,
  options: { readonly container: string | undefined; readonly previous: boolean; readonly signal: AbortSignal },
): Promise<WholeLog> {
  const { container, previous, signal } = options;
  const chunks = await client.stream(logPath(podPath, { container, previous, follow: false }), { signal });
  const parts: string[] = [];
  let left = MAX_LOG_CHARACTERS;
  for await (const chunk of chunks) {
    parts.push(chunk.slice(0, left));
    left -= chunk.length;
    if (left <= 0) return { parts, isCut: true };
  }
  return { parts, isCut: false };
}
