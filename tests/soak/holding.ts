/** What processes hold: asked over their channel, and of the system. */
import { readdirSync } from 'node:fs';
import type { Program } from '../support/index.ts';
import type { Measured } from './invariants.ts';
import type { Holding } from './probe.ts';

const ANSWER_MS = 30_000;

/** Asks a process that was started with the probe what it holds now. Rejects when it gives no answer. */
export async function measure({ child, pid }: Program): Promise<Measured> {
  const { heapBytes, bufferBytes, resources } = await new Promise<Holding>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`process ${pid} does not say what it holds`)), ANSWER_MS);
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve(message as Holding);
    });
    child.send('measure');
  });
  const { Timeout: timers = 0, ...others } = resources;
  return {
    heapBytes: heapBytes + bufferBytes,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    timers,
    handles: Object.values(others).reduce((sum, count) => sum + count, 0),
  };
}
