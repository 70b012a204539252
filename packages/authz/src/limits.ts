import type { AccessLimits } from '@sallyport/core';
import { showWord } from './describe.ts';
import type { Reason } from './query.ts';

/** Limits, and which documents set their numbers: the path of each reason names the number. */
export interface Limited {
  readonly limits: AccessLimits;
  readonly by: readonly LimitReason[];
}

/** A document that sets one number. */
export interface LimitReason extends Reason {
  readonly source: string;
  readonly path: `limits.${keyof AccessLimits}`;
}

/** The limits of one document, all of them set by itself. */
export function limitedBy(
  limits: AccessLimits | undefined,
  kind: 'role' | 'accessPolicy',
  { id, name }: { readonly id: string; readonly name: string },
): Limited | undefined {
  if (limits === undefined) return undefined;
  const message = `${kind === 'role' ? 'role' : 'policy'} ${showWord(name)}`;
  const by = NUMBERS.filter((number) => limits[number] !== undefined).map(
    (number): LimitReason => ({ message, source: `${kind}/${id}`, path: `limits.${number}` }),
  );
  return { limits, by };
}

const NUMBERS: readonly (keyof AccessLimits)[] = [
  'requestsPerSecond',
  'burst',
  'concurrentStreams',
  'bytesOutPerSecond',
];

/** The most that any of the limits allows, number by number. A missing number limits nothing, so it is the most there is. */
export function mostGenerous(all: readonly (Limited | undefined)[]): Limited | undefined {
  return merge(all, (values) => (values.includes(undefined) ? undefined : Math.max(...values.filter(isGiven))));
}

/** The least that any of the limits allows, number by number. */
export function strictest(...all: readonly (Limited | undefined)[]): Limited | undefined {
  return merge(all, (values) => {
    const given = values.filter(isGiven);
    return given.length === 0 ? undefined : Math.min(...given);
  });
}

type Pick = (values: readonly (number | undefined)[]) => number | undefined;

function merge(all: readonly (Limited | undefined)[], pick: Pick): Limited | undefined {
  if (all.every((one) => one === undefined)) return undefined;
  const numberOf = (name: keyof AccessLimits) => pick(all.map((one) => one?.limits[name]));
  const requestsPerSecond = numberOf('requestsPerSecond');
  const concurrentStreams = numberOf('concurrentStreams');
  const bytesOutPerSecond = numberOf('bytesOutPerSecond');
  // Where one of them says a burst, those that say none are taken at their default, or the two could not be compared.
  const saysBurst = all.some((one) => one?.limits.burst !== undefined);
  const burst = requestsPerSecond !== undefined && saysBurst ? pick(all.map(burstOf)) : undefined;
  const limits: AccessLimits = {
    ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    ...(burst !== undefined && { burst }),
    ...(concurrentStreams !== undefined && { concurrentStreams }),
    ...(bytesOutPerSecond !== undefined && { bytesOutPerSecond }),
  };
  if (Object.keys(limits).length === 0) return undefined;
  return { limits, by: settersOf(all, limits) };
}

/** Who set the numbers that were picked, each once. */
function settersOf(all: readonly (Limited | undefined)[], limits: AccessLimits): readonly LimitReason[] {
  const setters = new Map<string, LimitReason>();
  for (const one of all) {
    for (const reason of one?.by ?? []) {
      const number = NUMBERS.find((name) => reason.path === `limits.${name}`);
      if (number === undefined || one?.limits[number] !== limits[number]) continue;
      setters.set(`${reason.source} ${number}`, reason);
    }
  }
  return [...setters.values()];
}

function burstOf(limited: Limited | undefined): number | undefined {
  const limits = limited?.limits;
  if (limits?.requestsPerSecond === undefined) return undefined;
  return limits.burst ?? Math.max(1, Math.floor(2 * limits.requestsPerSecond));
}

function isGiven(value: number | undefined): value is number {
  return value !== undefined;
}
