/**
 * A link inside one process: a real transport for tests, demos and embedding, with latency that a test can drive.
 *
 * @packageDocumentation
 */
export type { MemoryLinkOptions } from './memory-link.ts';
export { createMemoryLinkPair } from './memory-link.ts';
