import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';

/** How grave a notice is. */
export type NoticeKind = 'info' | 'warn' | 'danger';

const KINDS = {
  info: { box: 'border-line bg-well text-ink-2', sign: 'text-ink-3', Icon: Info },
  warn: { box: 'border-warn-line bg-warn-tint text-ink-2', sign: 'text-warn', Icon: TriangleAlert },
  danger: { box: 'border-danger-line bg-danger-tint text-ink-2', sign: 'text-danger', Icon: CircleAlert },
} as const;

/** What {@link Notice} shows. */
export interface NoticeProps {
  readonly kind?: NoticeKind;
  /** The fact, in bold. */
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  /** At the end: what can be done about it. */
  readonly action?: ReactNode;
  /** `alert` for failures of what the reader just did; `status` for what changed by itself. */
  readonly role?: 'alert' | 'status';
  readonly className?: string;
}

/** A box in place that tells a state: what is so, why, and what next. */
export function Notice({ kind = 'info', title, children, action, role, className }: NoticeProps) {
  const { box, sign, Icon } = KINDS[kind];
  return (
    <section
      role={role}
      className={cx(
        'flex flex-wrap items-start gap-x-2.5 gap-y-2 rounded-box border px-3 py-2 text-note',
        box,
        className,
      )}
    >
      <Icon size={14} strokeWidth={1.6} aria-hidden="true" className={cx('mt-0.5 shrink-0', sign)} />
      <div className="min-w-0 flex-1">
        {title !== undefined && <strong className="text-ink">{title}</strong>} {children}
      </div>
      {action}
    </section>
  );
}
