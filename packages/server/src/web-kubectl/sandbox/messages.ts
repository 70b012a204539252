import { z } from 'zod';
import type { Filter } from '../grammar/filters.ts';

/** What the server tells a sandbox to do. */
export type SandboxOrder =
  /** Once, before anything else: what programs find. */
  | {
      readonly type: 'begin';
      /** Program and first words of every command: what limits it, and kubectl. */
      readonly launch: readonly string[];
      /** Text of the kubeconfig. */
      readonly kubeconfig: string;
    }
  /** Runs one command; there is at most one at a time. */
  | {
      readonly type: 'run';
      /** Words behind `kubectl`. */
      readonly args: readonly string[];
      /** What its output passes through; none: the command has the terminal to itself. */
      readonly filters: readonly Filter[];
      readonly columns: number;
      readonly rows: number;
    }
  /** With bytes: they were typed. */
  | { readonly type: 'input' }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  /** Interrupts the command; what does not end by that within two seconds is killed. */
  | { readonly type: 'cancel' }
  /** With bytes: the content of a file of the private folder. */
  | { readonly type: 'putFile'; readonly id: number; readonly path: string }
  | { readonly type: 'getFile'; readonly id: number; readonly path: string }
  | { readonly type: 'listFiles'; readonly id: number; readonly path: string }
  | { readonly type: 'removeFile'; readonly id: number; readonly path: string }
  /** With bytes where `isSaved`: what became of a text that was to be edited. */
  | { readonly type: 'edited'; readonly id: number; readonly isSaved: boolean };

const id = z.int().min(0);
const bytes = z.int().min(0);

/** What a sandbox tells. Read as a stranger's word: whoever breaks out of kubectl may speak in its place. */
export const sandboxEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** With bytes. */
  z.object({ type: z.literal('output'), stream: z.enum(['stdout', 'stderr']) }),
  z.object({ type: z.literal('exit'), code: z.int().min(0).max(255), signal: z.string().max(16).optional() }),
  /** With bytes: a text that kubectl wants edited. */
  z.object({ type: z.literal('edit'), id, name: z.string().max(255) }),
  /** Of an order with an id. With bytes, where a file was asked for. */
  z.object({
    type: z.literal('done'),
    id,
    files: z
      .array(z.object({ name: z.string().max(255), bytes, isFolder: z.boolean() }))
      .max(1_000)
      .optional(),
  }),
  z.object({ type: z.literal('failed'), id, message: z.string().max(1_024) }),
]);

/** See {@link sandboxEventSchema}. */
export type SandboxEvent = z.output<typeof sandboxEventSchema>;
