import { entry } from './entry.ts';
import { CLUSTER_CALL, ORGANIZATION, SHELL } from './example-facts.ts';
import { count, freeText, identifier, instant, optional, word } from './fields.ts';

const headSha256 = identifier('Head of the hash chain over the encrypted chunks, in hexadecimal.');
const HEAD = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';
const stored = {
  state: word('`complete`, `interrupted` or `incomplete`.'),
  chunks: count('Chunks that are stored.'),
  bytes: count('Bytes of output that were recorded.'),
  headSha256,
};
const recording = { recordingId: SHELL.recordingId } as const;
const { attributes: _attributes, ...plainRequest } = SHELL.request;

/** Recordings of terminals, and what is done to sessions that run. */
export const RECORDING_EVENTS = {
  'session.recording.started': entry({
    name: 'Session recording started',
    category: 'recording',
    severity: 'info',
    summary: 'The terminal of an exec or attach is recorded from here on.',
    fields: {
      headSha256,
      container: optional(identifier('The container, where one was named.')),
      command: optional(freeText('The command, as it was asked for.')),
    },
    example: { ...SHELL, details: { headSha256: HEAD, container: 'cart', command: 'sh' } },
  }),
  'session.recording.ended': entry({
    name: 'Session recording ended',
    category: 'recording',
    severity: 'info',
    summary: 'A recording is closed; the head of its hash chain stands here, so that the log proves it.',
    fields: { ...stored, exitStatus: optional(count('Exit status of the command, where it is known.')) },
    example: { ...SHELL, details: { state: 'complete', chunks: 3, bytes: 10240, headSha256: HEAD, exitStatus: 0 } },
  }),
  'session.recording.interrupted': entry({
    name: 'Session recording interrupted',
    category: 'recording',
    severity: 'warning',
    summary: 'A recording ended before its session, or with the server that made it.',
    fields: { ...stored, reason: optional(freeText('Why.')) },
    example: {
      ...SHELL,
      details: { state: 'interrupted', chunks: 1, bytes: 512, headSha256: HEAD, reason: 'the server stopped' },
    },
  }),
  'session.recording.deleted': entry({
    name: 'Session recording deleted',
    category: 'recording',
    severity: 'notice',
    summary: 'A recording was deleted, because the time that recordings are kept for was over.',
    fields: { before: instant('Recordings that ended before this were deleted.') },
    example: { ...ORGANIZATION, ...recording, details: { before: '2025-01-01T00:00:00.000Z' } },
  }),
  'recording.read': entry({
    name: 'Session recording read',
    category: 'recording',
    severity: 'notice',
    summary: 'Somebody replayed, exported, searched or watched a recording. Written once per call.',
    fields: {
      operation: word('How: the name of the operation, for example `getRecording` or `watchRecording`.'),
      query: optional(freeText('What was searched for.')),
      count: optional(count('Recordings that were answered with.')),
    },
    example: { ...CLUSTER_CALL, ...recording, details: { operation: 'getRecording' } },
  }),
  'session.terminated': entry({
    name: 'Session terminated',
    category: 'recording',
    severity: 'warning',
    summary: 'Somebody ended a session that was running.',
    fields: {
      requestId: identifier('The request that opened the session.'),
      reason: optional(freeText('What they gave as the reason.')),
    },
    example: { ...CLUSTER_CALL, ...recording, details: { requestId: plainRequest.id, reason: 'not agreed upon' } },
  }),
} as const;
