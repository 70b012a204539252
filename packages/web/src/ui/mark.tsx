/** The mark: a wall with one small gate, off centre. Decorative; the name stands beside it. */
export function Mark({ size = 20 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <rect className="mark-wall" x="1" y="1" width="18" height="18" rx="4" />
      <path className="mark-gate" d="M10.5 19v-5.75a2.75 2.75 0 0 1 5.5 0V19z" />
    </svg>
  );
}

/** The logo of an installation, else the mark. Decorative; the name stands beside it. Until it is known which, its room is kept. */
export function Logo({
  src,
  isKnown,
  size = 20,
}: {
  readonly src: string | undefined;
  readonly isKnown: boolean;
  readonly size?: number;
}) {
  if (!isKnown) return <svg width={size} height={size} className="shrink-0" aria-hidden="true" />;
  if (src === undefined) return <Mark size={size} />;
  return <img src={src} alt="" width={size} height={size} className="shrink-0 object-contain" />;
}
