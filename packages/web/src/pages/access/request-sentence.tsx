import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { readDuration } from '../../parts/durations.ts';
import { cx } from '../../ui/cx.ts';
import { clockTime, longDuration } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import type { RequestDraft } from './request-draft.ts';

/** A part of the sentence, and of the page where it is chosen. */
export type RequestSlot = 'role' | 'cluster' | 'namespace' | 'object' | 'duration' | 'start' | 'reason';

/** Marks what a slot leads to: its first control gets the focus. */
export const slotProps = (slot: RequestSlot) => ({ 'data-slot': slot });

function goTo(slot: RequestSlot): void {
  const chooser = document.querySelector(`[data-slot="${slot}"]`);
  const [control] = ['input:checked', 'input, textarea', 'button'].flatMap(
    (controls) => chooser?.querySelector<HTMLElement>(controls) ?? [],
  );
  control?.focus();
}

/** The request as a sentence that fills as one goes. Each slot is a button that leads to where it is chosen; ← and → go from one to the next. */
export function RequestSentence({ draft }: { readonly draft: RequestDraft }) {
  const sentence = useRef<HTMLParagraphElement>(null);
  const now = useNow();
  const { choice, cluster, namespace, object, duration, start, isEmergency, reason } = draft;
  const ms = readDuration(duration);
  const startsAt = new Date(start);
  const from = isEmergency || Number.isNaN(startsAt.getTime()) ? 'now' : clockTime(startsAt, now);

  function walk(event: KeyboardEvent) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const slots = [...(sentence.current?.querySelectorAll('button') ?? [])];
    const at = slots.indexOf(document.activeElement as HTMLButtonElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    slots[at + step]?.focus();
  }

  return (
    <p ref={sentence} className="text-sentence leading-8 text-ink-2" onKeyDown={walk}>
      {isEmergency ? 'I take' : 'I need'} <Slot to="role" word={choice?.role} gap="a role" /> on{' '}
      <Slot to="cluster" word={cluster} gap="a cluster" /> in{' '}
      <Slot to="namespace" word={namespace === '' ? 'every namespace' : namespace} />
      {object !== '' && (
        <>
          , only <Slot to="object" word={object} />
        </>
      )}{' '}
      for <Slot to="duration" word={ms === undefined ? '' : longDuration(ms)} gap="how long" /> from{' '}
      {isEmergency ? <strong className="text-ink">now</strong> : <Slot to="start" word={from} />} because{' '}
      <Slot to="reason" word={reason.trim().split('\n')[0]?.slice(0, 60)} gap="the reason" />.
    </p>
  );
}

function Slot({ to, word = '', gap }: { readonly to: RequestSlot; readonly word?: ReactNode; readonly gap?: string }) {
  const isGap = word === '' || word === undefined;
  return (
    <button
      type="button"
      title={`Change the ${to}`}
      onClick={() => goTo(to)}
      className={cx(
        'inline max-w-full border-b hover:bg-hover hover:text-accent',
        isGap ? 'border-dashed border-line-3 text-ink-3' : 'border-line-2 font-semibold break-words text-ink',
      )}
    >
      {isGap ? gap : <bdi>{word}</bdi>}
    </button>
  );
}
