/** Of the two bars of a row, one row after the other. */
const WIDTHS = [
  ['w-[25%]', 'w-[35%]'],
  ['w-[19%]', 'w-[27%]'],
  ['w-[28%]', 'w-[33%]'],
  ['w-[22%]', 'w-[21%]'],
  ['w-[26%]', 'w-[31%]'],
  ['w-[17%]', 'w-[24%]'],
] as const;

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
          {WIDTHS[index % WIDTHS.length]?.map((width) => (
            <span key={width} className={`h-2 rounded-label bg-line ${width}`} />
          ))}
        </div>
      ))}
    </div>
  );
}
