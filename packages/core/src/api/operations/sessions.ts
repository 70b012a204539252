import { z } from 'zod';
import {
  recordedSessionListSchema,
  recordingQuerySchema,
  sessionHitListSchema,
  sessionListQuerySchema,
  sessionSchema,
  sessionSearchQuerySchema,
  terminateSessionSchema,
} from '../sessions.ts';
import type { Operation } from './operation.ts';

const SESSIONS = '/organizations/{organization}/sessions' as const;

/**
 * Operations on recorded sessions. Whoever holds `sessions.read` on some clusters finds the sessions of these, and everybody finds
 * their own; others answer as ones that do not exist. Each reading of what was printed is an audit event.
 */
export const sessionOperations = {
  listMySessions: {
    method: 'GET',
    path: '/me/sessions',
    summary: 'Lists the running sessions of the caller',
    permission: 'self',
    response: recordedSessionListSchema,
    status: 200,
  },
  terminateMySession: {
    method: 'POST',
    path: '/me/sessions/{id}/terminate',
    summary: 'Ends a running session of the caller',
    permission: 'self',
    body: terminateSessionSchema,
    status: 204,
  },
  listSessions: {
    method: 'GET',
    path: SESSIONS,
    summary: 'Lists recorded sessions, newest first: those of the caller, and those that the permission reaches',
    permission: 'sessions.read',
    isOwnFree: true,
    query: sessionListQuerySchema,
    response: recordedSessionListSchema,
    status: 200,
  },
  searchSessions: {
    method: 'GET',
    path: `${SESSIONS}/search`,
    summary: 'Finds recorded sessions by what was printed in them, among those that the caller may read',
    permission: 'sessions.read',
    isOwnFree: true,
    query: sessionSearchQuerySchema,
    response: sessionHitListSchema,
    status: 200,
  },
  getSession: {
    method: 'GET',
    path: `${SESSIONS}/{id}`,
    summary: 'Shows one recorded session',
    permission: 'sessions.read',
    isOwnFree: true,
    response: sessionSchema,
    status: 200,
  },
  getRecording: {
    method: 'GET',
    path: `${SESSIONS}/{id}/recording`,
    summary: 'Reads a recording as asciicast v2, of a running session up to now; all of it or a part by time',
    permission: 'sessions.read',
    isOwnFree: true,
    query: recordingQuerySchema,
    response: z.string(),
    formats: { asciicast: 'application/x-asciicast' },
    status: 200,
  },
  watchRecording: {
    method: 'GET',
    path: `${SESSIONS}/{id}/live`,
    summary: 'Follows a running session as server-sent events, each a line of its asciicast; ends with it',
    permission: 'sessions.read',
    isOwnFree: true,
    response: z.string(),
    formats: { events: 'text/event-stream' },
    isEventStream: true,
    status: 200,
  },
  terminateSession: {
    method: 'POST',
    path: `${SESSIONS}/{id}/terminate`,
    summary: 'Ends a running session; whoever is in it is told the reason',
    permission: 'sessions.terminate',
    body: terminateSessionSchema,
    status: 204,
  },
} as const satisfies Readonly<Record<string, Operation>>;
