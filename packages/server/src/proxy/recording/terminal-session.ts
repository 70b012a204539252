import type { AuditOutcome } from '@sallyport/audit';
import type { RecordingTotals, SessionRecorder } from '@sallyport/audit/recording';
import type { SessionRecordingId } from '@sallyport/core';
import { type ExitStatus, parseExitStatus, parseTerminalSize, type SessionObserver } from '@sallyport/core/streaming';
import type { Refusal } from '../refusal.ts';
import { NOT_RECORDABLE, RECORDING_FAILED, type RecordedSession } from './recorded-session.ts';

/** How a terminal's session ended, for its recording. */
export interface TerminalEnd {
  /** Absent when the recording never began. */
  readonly totals?: RecordingTotals;
  /** Why something is missing. */
  readonly missing?: string;
  readonly exitStatus?: ExitStatus;
  readonly outcome: AuditOutcome;
}

/** What {@link createTerminalSession} works with. */
export interface TerminalSessionOptions {
  readonly id: SessionRecordingId;
  readonly isRequired: boolean;
  readonly wantsStdin: boolean;
  /** Makes the recorder, with its first chunk stored. It tells failures to the given listener. */
  begin(onFailure: (error: unknown) => void): Promise<SessionRecorder>;
  /** Notes the end, once all is stored that will be. */
  noteEnd(end: TerminalEnd): Promise<void>;
  /** Keeps what goes on after the session. */
  later(work: Promise<void>): void;
  /** Told of what went wrong, for the log. */
  onError(error: unknown): void;
}

/** As much of the Status at the end is read; kube-apiserver's own are below 1 KiB, in bytes. */
const MAX_STATUS_BYTES = 65_536;
/** As much of what passes is held while the first chunk is stored, before the session has to wait, in bytes. */
const MAX_EARLY_BYTES = 262_144;
/** A size comes as some 30 bytes of JSON. */
const MAX_RESIZE_BYTES = 1_024;

type Early = (recorder: SessionRecorder) => void;

/**
 * Records the terminal of an exec or attach. What must be recorded begins
 * before the session; otherwise the session does not wait for the recording, and what passes until it has begun is held.
 */
export function createTerminalSession(options: TerminalSessionOptions): RecordedSession & { begin(): Promise<void> } {
  const { id, isRequired, wantsStdin, noteEnd, later, onError } = options;
  let recorder: SessionRecorder | undefined;
  let early: Early[] | undefined = [];
  let earlyBytes = 0;
  const waiting: (() => void)[] = [];
  let missing: string | undefined;
  let onFailure: ((refusal: Refusal) => void) | undefined;
  let isOver = false;
  let status = Buffer.alloc(0);
  let resize = Buffer.alloc(0);

  function giveUp(reason: string): void {
    if (missing !== undefined) return;
    missing = reason;
    early = undefined;
    for (const go of waiting.splice(0)) go();
    if (isRequired && !isOver) onFailure?.(RECORDING_FAILED);
  }

  function failed(error: unknown): void {
    if (missing === undefined) onError(error);
    giveUp('it could not be stored');
  }

  function record(byteCount: number, write: Early): void {
    if (missing !== undefined) return;
    if (recorder !== undefined) write(recorder);
    else {
      early?.push(write);
      earlyBytes += byteCount;
    }
  }

  /** Sizes come as lines of JSON that may be cut anywhere. */
  function takeResize(bytes: Uint8Array): void {
    resize = Buffer.concat([resize, bytes]);
    for (let end = sizeEnd(resize); end > 0; end = sizeEnd(resize)) {
      const size = parseTerminalSize(resize.subarray(0, end));
      resize = resize.subarray(end);
      if (size !== undefined) record(8, (to) => to.resize(size.width, size.height));
    }
    if (resize.length > MAX_RESIZE_BYTES) resize = Buffer.alloc(0);
  }

  const observer: SessionObserver = {
    wantsStdin,
    onBytes(stream, bytes) {
      if (stream === 'stdin' && !wantsStdin) return;
      if (stream === 'resize') return takeResize(bytes);
      if (stream === 'error') {
        if (status.length < MAX_STATUS_BYTES) status = Buffer.concat([status, bytes]);
        return;
      }
      if (recorder !== undefined) return record(bytes.length, (to) => to.bytes(stream, bytes));
      const kept = new Uint8Array(bytes);
      record(kept.length, (to) => to.bytes(stream, kept));
    },
    onHalfClose(stream) {
      if (stream === 'stdin' && wantsStdin) record(0, (to) => to.mark('stdin closed'));
    },
    onUnreadable: () => giveUp('its frames could not be read'),
  };

  let begun: Promise<void> | undefined;

  async function begin(): Promise<void> {
    try {
      const made = await options.begin(failed);
      recorder = made;
      for (const write of early ?? []) write(made);
      early = undefined;
      for (const go of waiting.splice(0)) made.whenRoom(go);
    } catch (error) {
      failed(error);
    }
  }

  async function finish(outcome: AuditOutcome): Promise<void> {
    await begun;
    const exitStatus = status.length === 0 ? undefined : parseExitStatus(status);
    if (missing !== undefined) recorder?.mark(`incomplete: ${missing}`);
    recorder?.mark(describeEnd(outcome, exitStatus));
    const totals = await recorder?.finish();
    await noteEnd({
      outcome,
      ...(totals && { totals }),
      ...(missing !== undefined && { missing }),
      ...(exitStatus && { exitStatus }),
    });
  }

  return {
    get recordingId() {
      return begun === undefined ? undefined : id;
    },
    observer,
    async begin() {
      begun ??= begin();
      await begun;
      if (recorder === undefined) throw new Error(`recording ${id} could not begin`);
    },
    open() {
      begun ??= begin();
    },
    whenRoom(go) {
      if (recorder !== undefined) return recorder.whenRoom(go);
      if (early === undefined || earlyBytes < MAX_EARLY_BYTES) return go();
      waiting.push(go);
    },
    unreadable() {
      giveUp('its protocol is not known');
      begun ??= isRequired ? undefined : begin();
      return isRequired ? NOT_RECORDABLE : undefined;
    },
    onFailure(listener) {
      onFailure = listener;
      if (isRequired && missing !== undefined) listener(RECORDING_FAILED);
    },
    end(outcome) {
      if (isOver || begun === undefined) return;
      isOver = true;
      later(finish(outcome));
    },
  };
}

/** Where the first size in `bytes` ends; 0 when none is whole. A v4 message has a line feed, other clients' may not. */
function sizeEnd(bytes: Buffer): number {
  return bytes.indexOf('}') + 1;
}

function describeEnd(outcome: AuditOutcome, status: ExitStatus | undefined): string {
  // How the command ended is known once it says so, whatever becomes of the connection behind that.
  const hasExited = status?.kind === 'success' || status?.kind === 'exitCode';
  if (outcome.reason !== undefined && !hasExited) return `ended: ${outcome.reason}`;
  switch (status?.kind) {
    case 'success':
      return 'exit 0';
    case 'exitCode':
      return `exit ${status.exitCode}`;
    case 'failure':
      return `failed: ${status.status.message ?? status.status.reason ?? 'no reason was given'}`;
    case undefined:
      return outcome.ended === 'cancelled' ? 'the caller went away' : 'ended without an exit status';
  }
}
