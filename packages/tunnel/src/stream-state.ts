/** Where a stream stands. PROTOCOL.md, section 4. */
export type StreamState = 'open' | 'halfClosedLocal' | 'halfClosedRemote' | 'closed';

/** What moves a stream on: END sent or received, RESET sent or received. */
export type StreamEvent = 'sendEnd' | 'receiveEnd' | 'reset';

const TRANSITIONS: Readonly<Record<StreamState, Readonly<Record<StreamEvent, StreamState | undefined>>>> = {
  open: { sendEnd: 'halfClosedLocal', receiveEnd: 'halfClosedRemote', reset: 'closed' },
  halfClosedLocal: { sendEnd: undefined, receiveEnd: 'closed', reset: 'closed' },
  halfClosedRemote: { sendEnd: 'closed', receiveEnd: undefined, reset: 'closed' },
  closed: { sendEnd: undefined, receiveEnd: undefined, reset: 'closed' },
};

/** The state after `event`, or `undefined` when the event is not allowed there. */
export function nextStreamState(state: StreamState, event: StreamEvent): StreamState | undefined {
  return TRANSITIONS[state][event];
}

/** Whether we may still send DATA. */
export function canSend(state: StreamState): boolean {
  return state === 'open' || state === 'halfClosedRemote';
}

/** Whether the peer may still send DATA. */
export function canReceive(state: StreamState): boolean {
  return state === 'open' || state === 'halfClosedLocal';
}
