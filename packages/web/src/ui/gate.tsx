import { cx } from './cx.ts';

/** What the gate glyph says; a word always stands beside it. */
export type GateState = 'open' | 'closing' | 'barred' | 'waiting' | 'ended';

const ARCH = 'M1.5 11.25V5a3.5 3.5 0 0 1 7 0v6.25z';
const COLOURS: Record<GateState, string> = {
  open: 'text-accent',
  closing: 'text-warn-mark',
  barred: 'text-danger-mark',
  waiting: 'text-ink-2',
  ended: 'text-line-3',
};

/**
 * The gate glyph, the one sign for a state: filled is open, healthy, allowed; half filled is closing, degraded; barred is refused,
 * offline, failed; outline is waiting, scheduled; faint is ended, unknown.
 */
export function Gate({ state, className }: { readonly state: GateState; readonly className?: string }) {
  return (
    <svg
      className={cx('gate inline-block shrink-0', COLOURS[state], className)}
      data-state={state}
      width="10"
      height="12"
      viewBox="0 0 10 12"
      aria-hidden="true"
    >
      <path
        d={ARCH}
        fill={state === 'open' ? 'currentColor' : 'none'}
        stroke="currentColor"
        strokeWidth="1.2"
        strokeDasharray={state === 'ended' ? '1.5 1' : undefined}
      />
      {state === 'closing' && <path d="M1.5 6.2V5a3.5 3.5 0 0 1 7 0v1.2z" fill="currentColor" />}
      {state === 'barred' && (
        <path d="M3.8 2.2v9M6.2 2.2v9M1.5 5.4h7M1.5 8.4h7" fill="none" stroke="currentColor" strokeWidth="1" />
      )}
    </svg>
  );
}
