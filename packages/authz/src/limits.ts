import type { AccessLimits } from '@sallyport/core';

/** The most that any of the limits allows, number by number. A missing number limits nothing, so it is the most there is. */
export function mostGenerousLimits(all: readonly (AccessLimits | undefined)[]): AccessLimits | undefined {
  return merge(all, (values) => (values.includes(undefined) ? undefined : Math.max(...values.filter(isGiven))));
}

/** The least that any of the limits allows, number by number. */
export function strictestLimits(...all: readonly (AccessLimits | undefined)[]): AccessLimits | undefined {
  return merge(all, (values) => {
    const given = values.filter(isGiven);
    return given.length === 0 ? undefined : Math.min(...given);
  });
}

type Pick = (values: readonly (number | undefined)[]) => number | undefined;

function merge(all: readonly (AccessLimits | undefined)[], pick: Pick): AccessLimits | undefined {
  if (all.every((limits) => limits === undefined)) return undefined;
  const numberOf = (name: keyof AccessLimits) => pick(all.map((limits) => limits?.[name]));
  const requestsPerSecond = numberOf('requestsPerSecond');
  const concurrentStreams = numberOf('concurrentStreams');
  const bytesOutPerSecond = numberOf('bytesOutPerSecond');
  // Where one of them says a burst, those that say none are taken at their default, or the two could not be compared.
  const saysBurst = all.some((limits) => limits?.burst !== undefined);
  const burst = requestsPerSecond !== undefined && saysBurst ? pick(all.map(burstOf)) : undefined;
  const merged: AccessLimits = {
    ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    ...(burst !== undefined && { burst }),
    ...(concurrentStreams !== undefined && { concurrentStreams }),
    ...(bytesOutPerSecond !== undefined && { bytesOutPerSecond }),
  };
  return Object.keys(merged).length === 0 ? undefined : merged;
}

function burstOf(limits: AccessLimits | undefined): number | undefined {
  if (limits?.requestsPerSecond === undefined) return undefined;
  return limits.burst ?? Math.max(1, Math.floor(2 * limits.requestsPerSecond));
}

function isGiven(value: number | undefined): value is number {
  return value !== undefined;
}
