import { RefreshCw } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { cx } from './cx.ts';
import { KeyCap } from './key-cap.tsx';
import { Link, type LinkProps } from './link.tsx';

/** How a button looks. One `primary` per view; `destroy` (red fill) only inside a confirmation. */
export type ButtonKind = 'primary' | 'secondary' | 'ghost' | 'danger' | 'destroy';

/** Height: 28 px, 24 px in rows; 44 px on touch screens in either case. */
export type ButtonSize = 'regular' | 'small';

const KINDS: Record<ButtonKind, string> = {
  primary: 'bg-accent text-on-accent border-transparent hover:bg-accent-hover',
  secondary: 'bg-raised text-ink border-line-2 hover:bg-hover',
  ghost: 'bg-transparent text-ink-2 border-transparent hover:bg-hover hover:text-ink',
  danger: 'bg-raised text-danger border-line-2 hover:bg-danger-tint hover:border-danger-line',
  destroy: 'bg-danger text-on-danger border-transparent hover:opacity-90',
};
const SIZES: Record<ButtonSize, string> = {
  regular: 'h-7 px-2.5 gap-1.5 touch:min-h-11 touch:px-3.5',
  small: 'h-6 px-2 gap-1 touch:min-h-11',
};
const OFF = 'aria-disabled:text-ink-4 aria-disabled:bg-transparent aria-disabled:border-line';

/** The classes of a button, for what must look like one. */
export const buttonClass = (kind: ButtonKind = 'secondary', size: ButtonSize = 'regular'): string =>
  cx(
    'inline-flex shrink-0 items-center justify-center rounded-control border text-note font-medium whitespace-nowrap select-none',
    KINDS[kind],
    SIZES[size],
  );

/** What {@link Button} shows. */
export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  readonly kind?: ButtonKind;
  readonly size?: ButtonSize;
  readonly icon?: ReactNode;
  /** The key that does the same. */
  readonly keyCap?: string;
  /** Given: it is at work; the text is the verb of it ("Approving"). Further presses do nothing. */
  readonly busy?: string | false | undefined;
  /** Given: it can't be pressed now, for this reason. It stays focusable, so that the reason can be read. */
  readonly disabledReason?: string | undefined;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A button: verb and object. */
export function Button(props: ButtonProps) {
  const { kind, size, icon, keyCap, busy, disabledReason, className, children, onClick, ref, ...rest } = props;
  const isOff = disabledReason !== undefined || (busy !== undefined && busy !== false);
  return (
    <button
      type="button"
      title={disabledReason}
      {...rest}
      ref={ref}
      aria-disabled={isOff || undefined}
      className={cx(buttonClass(kind, size), disabledReason !== undefined && OFF, className)}
      onClick={(event) => {
        if (isOff) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy ? <RefreshCw size={14} strokeWidth={1.6} aria-hidden="true" /> : icon}
      <span>{busy || children}</span>
      {keyCap !== undefined && !busy && <KeyCap on={kind === 'primary' ? 'accent' : 'page'}>{keyCap}</KeyCap>}
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton({
  kind,
  size,
  icon,
  keyCap,
  className,
  children,
  ...rest
}: LinkProps & {
  readonly kind?: ButtonKind;
  readonly size?: ButtonSize;
  readonly icon?: ReactNode;
  readonly keyCap?: string;
}) {
  return (
    <Link {...rest} className={cx(buttonClass(kind, size), className)}>
      {icon}
      <span>{children}</span>
      {keyCap !== undefined && <KeyCap on={kind === 'primary' ? 'accent' : 'page'}>{keyCap}</KeyCap>}
    </Link>
  );
}

/** A square button with an icon alone; `label` is read out and shown on hover. */
export function IconButton({
  label,
  icon,
  kind = 'ghost',
  size,
  className,
  ...rest
}: Omit<ButtonProps, 'icon' | 'keyCap' | 'children' | 'busy'> & { readonly label: string; readonly icon: ReactNode }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={cx(
        buttonClass(kind, size),
        size === 'small' ? 'w-6 px-0!' : 'w-7 px-0!',
        'touch:min-w-11 touch:px-0!',
        className,
      )}
    >
      {icon}
    </button>
  );
}
