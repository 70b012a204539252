import { z } from 'zod';
import { instant } from './instant.ts';
import { idSchema as id } from './names.ts';

/** Subprotocol of a terminal's WebSocket. */
export const TERMINAL_SUBPROTOCOL = 'terminal.v1.sallyport';

/** What binary messages of a terminal's WebSocket begin with. */
export const TERMINAL_CHANNEL = {
  /** From the server: what a command printed. From the page: what was typed. The bytes follow. */
  data: 0,
  /** From the server, as `data`: what a command printed to its standard error while its output passes through filters. */
  errors: 1,
  /** A file. Two bytes of length and its path in UTF-8 come first, then its content. */
  file: 2,
} as const;

/** Longest line that a terminal takes, in characters. */
export const MAX_TERMINAL_LINE_CHARACTERS = 8_192;
/** Largest file that goes into a terminal or out of it, in bytes. */
export const MAX_TERMINAL_FILE_BYTES = 4 * 1_048_576;

const limitsSchema = z.object({
  /** Terminals that a person may have open at once. */
  maxOpen: z.int(),
  /** Time without anything typed after which a terminal ends, in milliseconds. */
  idleMs: z.int(),
  /** Longest life of a terminal, in milliseconds. */
  lifetimeMs: z.int(),
});

/** A terminal that is open. */
export const terminalSchema = z.object({
  id: id('terminal'),
  cluster: z.string(),
  startedAt: instant,
  expiresAt: instant,
});

/** A terminal that is over. */
const endedTerminalSchema = z.object({
  id: id('terminal'),
  cluster: z.string(),
  endedAt: instant,
  /** As in its audit event: `closed`, `idle`, `limit`, `accessEnded`, `serverStopped`, `interrupted`, `failed`. */
  reason: z.string(),
});

/** What terminals there are, on all servers, and whether there can be more. */
export const terminalListSchema = z.object({
  items: z.array(terminalSchema),
  /** Those that ended within the last hour, the last one first; at most 20. */
  ended: z.array(endedTerminalSchema),
  limits: limitsSchema,
  /** Why there are none on this server. Absent: there are. */
  unavailable: z.string().optional(),
});

/** A terminal to be opened. */
export const createdTerminalSchema = z.object({
  id: id('terminal'),
  /** Where its WebSocket is opened, from the origin of the server, with a ticket in it that is good once. */
  path: z.string(),
  /** Until when the ticket is good. */
  ticketExpiresAt: instant,
  limits: limitsSchema,
});

const size = { columns: z.int().min(2).max(1_000), rows: z.int().min(2).max(500) };
const number = z.int().min(0);
const path = z.string().min(1).max(1_024);

/** Text messages of the page. */
export const terminalRequestSchema = z.discriminatedUnion('type', [
  /** Runs a line. */
  z.strictObject({ type: z.literal('run'), line: z.string().max(MAX_TERMINAL_LINE_CHARACTERS), ...size }),
  z.strictObject({ type: z.literal('resize'), ...size }),
  /** Ends the command that runs. */
  z.strictObject({ type: z.literal('cancel') }),
  /** Asks what could stand at `cursor`. */
  z.strictObject({
    type: z.literal('complete'),
    id: number,
    line: z.string().max(MAX_TERMINAL_LINE_CHARACTERS),
    cursor: number,
  }),
  z.strictObject({ type: z.literal('files'), id: number }),
  z.strictObject({ type: z.literal('download'), id: number, path }),
  /** Of `edit`: what became of the text. Absent: it stays as it is. */
  z.strictObject({ type: z.literal('edited'), id: number, text: z.string().max(MAX_TERMINAL_FILE_BYTES).optional() }),
]);

const completionSchema = z.object({
  /** What stands in place of the word. */
  value: z.string(),
  /** A few words about it. */
  hint: z.string().optional(),
});

/** Text messages of the server. */
export const terminalMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    cluster: z.string(),
    namespace: z.string(),
    kubectlVersion: z.string(),
    expiresAt: instant,
    idleMs: z.int(),
  }),
  /** A command runs; what is typed goes to it where it is interactive. */
  z.object({ type: z.literal('started'), isInteractive: z.boolean() }),
  z.object({ type: z.literal('exit'), code: z.int(), namespace: z.string() }),
  /** The line was not run. */
  z.object({
    type: z.literal('refused'),
    code: z.string(),
    message: z.string(),
    nextStep: z.string().optional(),
  }),
  z.object({
    type: z.literal('completions'),
    id: number,
    /** Where the word begins that they complete. */
    from: number,
    items: z.array(completionSchema),
    /** Where they come from, in a few words. */
    source: z.string().optional(),
  }),
  z.object({
    type: z.literal('files'),
    id: number,
    files: z.array(z.object({ name: z.string(), bytes: z.int(), isFolder: z.boolean() })),
  }),
  /** A file was taken, or an order about files failed. */
  z.object({ type: z.literal('file'), id: number.optional(), path: z.string(), problem: z.string().optional() }),
  /** kubectl wants a text edited. */
  z.object({ type: z.literal('edit'), id: number, name: z.string(), text: z.string() }),
  /** The terminal ends in a while. */
  z.object({ type: z.literal('ending'), reason: z.enum(['idle', 'limit']), inMs: z.int() }),
  z.object({ type: z.literal('ended'), reason: z.string() }),
]);

/** See {@link terminalSchema}. */
export type TerminalResource = z.output<typeof terminalSchema>;
/** See {@link terminalListSchema}. */
export type EndedTerminal = TerminalList['ended'][number];
/** See {@link terminalListSchema}. */
export type TerminalList = z.output<typeof terminalListSchema>;
/** See {@link createdTerminalSchema}. */
export type CreatedTerminal = z.output<typeof createdTerminalSchema>;
/** See {@link terminalRequestSchema}. */
export type TerminalRequest = z.output<typeof terminalRequestSchema>;
/** See {@link terminalMessageSchema}. */
export type TerminalMessage = z.output<typeof terminalMessageSchema>;
