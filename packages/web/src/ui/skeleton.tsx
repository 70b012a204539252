const WIDTHS = ['62%', '48%', '71%', '55%', '66%', '43%'] as const;

/** Rows in grey while the server thinks, seen only when that takes longer than a blink; `label` is read out. */
export function Skeleton({ label, rows = 4 }: { readonly label: string; readonly rows?: number }) {
  return (
    <div aria-busy="true" className="animate-late">
      <span className="sr-only" role="status">
        {label}
      </span>
      {Array.from({ length: rows }, (_, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike.
          key={index}
          className="flex h-(--row) items-center gap-5 border-b border-line px-6 max-md:px-4"
        >
          <span
            className="h-2 rounded-label bg-line"
            style={{ width: `calc(${WIDTHS[index % WIDTHS.length]} * 0.4)` }}
          />
          <span
            className="h-2 rounded-label bg-line"
            style={{ width: `calc(${WIDTHS[(index + 2) % WIDTHS.length]} * 0.5)` }}
          />
        </div>
      ))}
    </div>
  );
}
