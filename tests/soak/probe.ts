/**
 * Loaded into a server or an agent before its program (`node --expose-gc --import probe.mjs`): answers each message of the parent
 * with what the process holds, {@link Holding}. Keeps nobody alive.
 */

/** What a process holds, garbage collected. */
export interface Holding {
  /** Bytes of live objects. */
  readonly heapBytes: number;
  /** Bytes outside the heap that objects hold: buffers. */
  readonly bufferBytes: number;
  /** What keeps the event loop going, counted by kind: `Timeout`, `TCPSocketWrap` … */
  readonly resources: Readonly<Record<string, number>>;
}

declare const gc: () => void;

process.on('message', () => {
  // What finalizers let go is collected by the next round.
  gc();
  setImmediate(() => {
    gc();
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    process.send?.({ heapBytes: heapUsed, bufferBytes: arrayBuffers, resources } satisfies Holding);
  });
});
process.channel?.unref();
