/** The mark: a wall with one small gate, off centre. Decorative; the name stands beside it. */
export function Mark({ size = 20 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <rect className="mark-wall" x="1" y="1" width="18" height="18" rx="4" />
      <path className="mark-gate" d="M10.5 19v-5.75a2.75 2.75 0 0 1 5.5 0V19z" />
    </svg>
  );
}
