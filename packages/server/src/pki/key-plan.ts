import type { KeyFacts } from '../stores/key-contracts.ts';

/** How long the keys of a purpose live, in milliseconds. */
export interface KeyPolicy {
  /** From a key's first signature to its successor's. `undefined`: rotated by command only. */
  readonly lifetimeMs: number | undefined;
  /** How long a key is trusted everywhere before it signs: as long as whoever verifies may take to hear of it. */
  readonly announceMs: number;
  /** How long a key is trusted after its last signature: the longest life of what it signed, and differing clocks. */
  readonly overlapMs: number;
}

/** One change of a purpose's keys. */
export type KeyStep =
  /** Make the next key, to sign from then on. */
  | { readonly kind: 'announce'; readonly signsFrom: Date }
  /** Let the next key sign; the current one is trusted until `verifiesUntil`. */
  | { readonly kind: 'activate'; readonly keyId: string; readonly verifiesUntil: Date }
  /** Trust a retired key no longer. */
  | { readonly kind: 'remove'; readonly keyId: string };

/**
 * The changes that are due among the keys of one purpose, in their order. Pure: the same keys, policy and time give the same
 * steps, and none once they are taken. A step that is late (nothing ran for a week) only comes later; none is skipped:
 * a key is always announced before it signs, and retired before it is removed.
 */
export function planRotation(keys: readonly KeyFacts[], policy: KeyPolicy, now: Date): readonly KeyStep[] {
  const steps: KeyStep[] = [];
  const at = now.getTime();
  for (const { phase, keyId, verifiesUntil } of keys) {
    if (phase === 'retired' && verifiesUntil !== undefined && verifiesUntil.getTime() <= at) {
      steps.push({ kind: 'remove', keyId });
    }
  }
  const current = keys.find(({ phase }) => phase === 'current');
  const next = keys.find(({ phase }) => phase === 'next');
  if (next !== undefined) {
    // Without a current key nothing is signed at all: waiting would help nobody.
    if (next.signsFrom.getTime() <= at || current === undefined) {
      steps.push({ kind: 'activate', keyId: next.keyId, verifiesUntil: new Date(at + policy.overlapMs) });
    }
  } else if (current === undefined) {
    steps.push({ kind: 'announce', signsFrom: now });
  } else if (policy.lifetimeMs !== undefined) {
    const announceAt = current.signsFrom.getTime() + policy.lifetimeMs - policy.announceMs;
    if (announceAt <= at) steps.push({ kind: 'announce', signsFrom: new Date(at + policy.announceMs) });
  }
  return steps;
}
