/** What the gate glyph says; a word always stands beside it. */
export type GateState = 'open' | 'barred' | 'waiting' | 'ended';

const ARCH = 'M1.5 11.25V5a3.5 3.5 0 0 1 7 0v6.25z';

/** The gate glyph, the one sign for a state: filled is open, barred is refused or failed, outline is waiting, faint is ended. */
export function Gate({ state }: { readonly state: GateState }) {
  return (
    <svg className={`gate gate-${state}`} width="10" height="12" viewBox="0 0 10 12" aria-hidden="true">
      <path d={ARCH} />
      {state === 'barred' && <path className="gate-bars" d="M3.8 2.2v9M6.2 2.2v9M1.5 5.4h7M1.5 8.4h7" />}
    </svg>
  );
}
