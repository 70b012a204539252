import { ArrowUp } from 'lucide-react';
import { Button } from './button.tsx';
import { cx } from './cx.ts';

/** What {@link NewRows} shows. */
export interface NewRowsProps {
  /** How many rows wait. With none it is not there. */
  readonly count: number;
  readonly onShow: () => void;
  /** Whether the list begins with a line of heads, on which it lies; else it lies above the first row. */
  readonly hasHead: boolean;
}

/** Says above a list that new rows wait, and shows them when it is pressed. It lies over the list, so that nothing moves. */
export function NewRows({ count, onShow, hasHead }: NewRowsProps) {
  if (count === 0) return null;
  return (
    <div className="pointer-events-none sticky top-0 z-20 flex h-0 items-start justify-center">
      <Button
        size="small"
        className={cx('pointer-events-auto shadow-overlay', hasHead ? 'mt-0.5' : '-mt-3')}
        icon={<ArrowUp size={12} strokeWidth={1.6} aria-hidden="true" />}
        onClick={onShow}
      >
        {count} new
      </Button>
    </div>
  );
}
