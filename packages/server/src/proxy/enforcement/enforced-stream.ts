import type { Clock, Logger } from '@sallyport/core';
import { CAPABILITY_LIFETIME_MS, type CapabilitySigner, type SignedCapability } from '@sallyport/core/credentials';
import type { SnapshotSource } from '../../snapshot.ts';
import type { Admission } from '../admit.ts';
import { capabilityFor } from '../capability.ts';
import type { Decider } from '../decide.ts';
import type { Refusal } from '../refusal.ts';
import type { LiveStream } from './live-streams.ts';
import { recheck, recheckAt, standsUntil } from './recheck.ts';

/** What enforcement works with. */
export interface Enforcement {
  readonly decider: Decider;
  readonly capabilities: CapabilitySigner;
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How a stream is told. */
export interface StreamControl {
  end(refusal: Refusal): void;
  /** Passes a new capability on to the agent. */
  renew(token: string): void;
}

/** A stream under way, with what it goes by at present. */
export interface EnforcedStream extends LiveStream {
  /** Why it has ended when the agent ends it for want of a capability; `undefined` when its basis does not end now. */
  endedByAgent(): Refusal | undefined;
}

/** A stream asks for its next capability this long before the present one ends. */
const RENEW_MARGIN_MS = 20_000;
/** Capabilities end at whole seconds, and by the agent's clock: as much sooner than its basis may a stream end. */
const END_TOLERANCE_MS = 5_000;

/** The capability for a request that is admitted; it ends with the basis of the admission. */
export function signFor(enforcement: Enforcement, admission: Admission): SignedCapability | Promise<SignedCapability> {
  return capabilityFor(enforcement.capabilities, admission, untilWhen(enforcement, admission));
}

/** Makes the enforced side of a stream that was admitted and carries `capability`. */
export function createEnforcedStream(
  enforcement: Enforcement,
  admission: Admission,
  capability: SignedCapability,
  control: StreamControl,
): EnforcedStream {
  const { decider, capabilities, snapshots, clock, logger } = enforcement;
  let current = admission;
  let capabilityEndsAtMs = capability.expiresAt.getTime();
  let isRenewing = false;

  return {
    snapshotVersion: admission.decision.snapshotVersion,
    get recheckAtMs() {
      return recheckAt(current)?.getTime();
    },
    recheck(snapshot) {
      const next = recheck(decider, current, snapshot, new Date(clock.now()));
      if ('code' in next) return next;
      current = next;
      return undefined;
    },
    end: control.end,
    renew(nowMs) {
      if (isRenewing || nowMs < capabilityEndsAtMs - RENEW_MARGIN_MS) return;
      const until = untilWhen(enforcement, current);
      // Capabilities end at whole seconds: less than one more is none.
      if (until !== undefined && until.getTime() < capabilityEndsAtMs + 1_000) return;
      isRenewing = true;
      Promise.resolve(capabilityFor(capabilities, current, until)).then(
        (next) => {
          isRenewing = false;
          if (next.expiresAt.getTime() <= capabilityEndsAtMs) return;
          capabilityEndsAtMs = next.expiresAt.getTime();
          control.renew(next.token);
        },
        (error: unknown) => {
          isRenewing = false;
          logger.warn({ err: error, requestId: admission.requestId }, 'a capability could not be renewed');
        },
      );
    },
    endedByAgent() {
      const at = recheckAt(current);
      if (at === undefined || at.getTime() - clock.now() > END_TOLERANCE_MS) return undefined;
      const then = recheck(decider, current, snapshots.current(), at);
      return 'code' in then ? then : undefined;
    },
  };
}

function untilWhen({ decider, snapshots, clock }: Enforcement, admission: Admission): Date | undefined {
  return standsUntil(decider, admission, snapshots.current(), new Date(clock.now()), CAPABILITY_LIFETIME_MS);
}
