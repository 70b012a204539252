import { formatDuration } from '@sallyport/core';
import { useState } from 'react';
import type { AskedPlace } from '../../app/paths.ts';
import { readDuration } from '../../parts/durations.ts';
import { longestOf, type Requestable, type RequestDraft } from './request-draft.ts';

const USUAL_MS = 3_600_000;
const NOTHING_TYPED = { duration: '', start: '', isEmergency: false, reason: '', ticket: '', reviewers: '' };

/** What the address does not say of a draft. */
export type TypedDraft = typeof NOTHING_TYPED;

/** The draft of a request: where, which role and which object are the address's; the rest stays with the page, wherever it is asked for. */
export function useRequestDraft(place: AskedPlace & { readonly object: string }, choices: readonly Requestable[]) {
  const [typed, setTyped] = useState(NOTHING_TYPED);
  const [policy, setPolicy] = useState('');
  const { cluster, namespace, object } = place;
  const choice = chosenOf(choices, place.role, policy);
  const isEmergency = typed.isEmergency && choice?.breakGlass !== undefined;
  const draft: RequestDraft = {
    ...typed,
    ...{ cluster, namespace, object, choice, isEmergency },
    duration: typed.duration === '' ? usualTime(choice, isEmergency) : typed.duration,
  };
  return {
    draft,
    change: (changes: Partial<TypedDraft>) => setTyped((before) => ({ ...before, ...changes })),
    /** Remembers under which policy a role is asked for; a time that it does not allow becomes its usual one. */
    choose(chosen: Requestable) {
      setPolicy(chosen.policy);
      const ms = readDuration(draft.duration);
      if (ms === undefined || ms > longestOf(chosen, isEmergency)) setTyped((before) => ({ ...before, duration: '' }));
    },
  };
}

function chosenOf(choices: readonly Requestable[], role: string, policy: string): Requestable | undefined {
  const named = choices.filter((choice) => choice.role === role);
  return (
    named.find((choice) => choice.policy === policy) ?? named[0] ?? (choices.length === 1 ? choices[0] : undefined)
  );
}

function usualTime(choice: Requestable | undefined, isEmergency: boolean): string {
  return formatDuration(Math.min(USUAL_MS, choice === undefined ? USUAL_MS : longestOf(choice, isEmergency)));
}
