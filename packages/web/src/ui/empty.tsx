import type { ReactNode } from 'react';
import { Button } from './button.tsx';

/** What {@link Empty} says. */
export interface EmptyProps {
  /** The fact: "No requests wait for you". */
  readonly title: string;
  /** What would be here, and the one way to begin. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** Where there is nothing: what would be here, and the way to begin. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <section role="status" className="flex max-w-[520px] flex-col items-start gap-2 px-6 py-8 max-md:px-4">
      <h2 className="text-body font-semibold">{title}</h2>
      {children !== undefined && <div className="text-note text-ink-2">{children}</div>}
      {action}
    </section>
  );
}

/** Where filters leave nothing: the way back to all of it. */
export function NothingFound({ what, onClear }: { readonly what: string; readonly onClear: () => void }) {
  return (
    <Empty title={`No ${what} with these filters`} action={<Button onClick={onClear}>Clear the filters</Button>} />
  );
}
