import type { AuditOutcome } from '@sallyport/audit';
import type { SessionRecordingId } from '@sallyport/core';
import type { ForwardedPort } from '../../stores/contracts.ts';
import type { RecordedSession } from './recorded-session.ts';

/** Ports that are told apart; what goes to others is counted together, as port 0. */
const MAX_PORTS = 256;

/** Counts what goes through a port-forward. Its bytes are not recorded. */
export function createForwardedSession(
  id: SessionRecordingId,
  onOpen: () => void,
  onEnd: (outcome: AuditOutcome, ports: readonly ForwardedPort[]) => void,
): RecordedSession {
  const ports = new Map<number, { -readonly [Name in keyof ForwardedPort]: ForwardedPort[Name] }>();
  let isOpen = false;
  let isOver = false;

  function portOf(given: number) {
    const port = ports.size < MAX_PORTS || ports.has(given) ? given : 0;
    const known = ports.get(port) ?? { port, connectionCount: 0, bytesReceived: 0, bytesSent: 0 };
    ports.set(port, known);
    return known;
  }

  return {
    get recordingId() {
      return isOpen ? id : undefined;
    },
    open() {
      isOpen = true;
      onOpen();
    },
    observer: {
      onConnection(port) {
        portOf(port).connectionCount += 1;
      },
      onForwarded(port, direction, byteCount) {
        portOf(port)[direction === 'sent' ? 'bytesSent' : 'bytesReceived'] += byteCount;
      },
    },
    whenRoom: (go) => go(),
    unreadable: () => undefined,
    onFailure() {},
    end(outcome) {
      if (isOver || !isOpen) return;
      isOver = true;
      onEnd(outcome, [...ports.values()]);
    },
  };
}
