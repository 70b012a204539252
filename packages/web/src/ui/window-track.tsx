import { cx } from './cx.ts';
import { useNow } from './use-now.ts';
import { isClosing } from './window-state.ts';

/** A bounded time as a track: elapsed in grey, the rest in verdigris, a tick at now; dashed while it has not begun, amber near its end. */
export function WindowTrack({
  startsAt,
  endsAt,
  className,
}: {
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly className?: string;
}) {
  const now = useNow(endsAt.getTime() - Date.now() < 60_000 ? 'second' : 'minute');
  const [start, end] = [startsAt.getTime(), endsAt.getTime()];
  const part = Math.min(1, Math.max(0, (now.getTime() - start) / Math.max(1, end - start)));
  if (now.getTime() < start) {
    return <span aria-hidden="true" className={cx('block border-t-[3px] border-dotted border-line-2', className)} />;
  }
  return (
    <span aria-hidden="true" className={cx('relative block h-1 overflow-visible rounded-full bg-line-2', className)}>
      <span
        className={cx(
          'absolute inset-y-0 right-0 rounded-full',
          isClosing(startsAt, endsAt, now) ? 'bg-warn-mark' : 'bg-accent',
        )}
        style={{ left: `${part * 100}%` }}
      />
      <span className="absolute -top-[3px] h-2.5 w-0.5 bg-ink" style={{ left: `calc(${part * 100}% - 1px)` }} />
    </span>
  );
}
