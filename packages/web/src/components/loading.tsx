/** Rows in grey while the server thinks, shown only when that takes longer than a blink. */
export function Loading({ label }: { readonly label: string }) {
  return (
    <div className="skeleton" aria-busy="true">
      <span className="visually-hidden" role="status">
        {label}
      </span>
      {['first', 'second', 'third'].map((key) => (
        <div key={key}>
          <span className="skeleton-line" />
          <span className="skeleton-box" />
        </div>
      ))}
    </div>
  );
}
