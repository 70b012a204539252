import type { Clock } from '@sallyport/core';
import { createBytePacer, type PacedStream } from './byte-pacer.ts';
import { createDemand, RATE_UNITS } from './demand.ts';
import type { SharedLimit } from './shares.ts';

/** The bytes per second that answers to one principal from one cluster carry. */
export interface ByteAllowance extends SharedLimit {
  open(): PacedStream;
  isIdle(): boolean;
}

/** Makes an allowance of `perSecond` bytes in all, and one second's worth at once after a rest. */
export function createByteAllowance(key: string, perSecond: number, clock: Clock): ByteAllowance {
  const pacer = createBytePacer({ perSecond, burst: perSecond }, clock);
  const demand = createDemand(perSecond, clock);
  let openCount = 0;
  return {
    key,
    total: RATE_UNITS,
    open() {
      const stream = pacer.open();
      let isOpen = true;
      openCount += 1;
      return {
        pass(bytes, go) {
          demand.add(bytes);
          stream.pass(bytes, go);
        },
        stop() {
          stream.stop();
          if (isOpen) openCount -= 1;
          isOpen = false;
        },
      };
    },
    measure() {
      // What still waits is asked for again each time, until it is through.
      demand.add(pacer.waitingBytes);
      return demand.measure();
    },
    apply(amount) {
      const part = amount / RATE_UNITS;
      pacer.setRate({ perSecond: part * perSecond, burst: part * perSecond });
    },
    isIdle: () => openCount === 0 && pacer.isIdle(),
  };
}
