import { X } from 'lucide-react';
import { AlertDialog, Dialog as RadixDialog } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { Button, IconButton } from './button.tsx';
import { cx } from './cx.ts';
import { useOverlayRoot } from './overlay-root.ts';

const SCRIM = 'fixed inset-0 z-40 bg-scrim animate-overlay';
const BOX = 'fixed z-50 animate-overlay rounded-menu bg-raised shadow-overlay focus:outline-none';

/** What {@link Dialog} shows. */
export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly children: ReactNode;
  readonly className?: string;
}

/** A dialog that something is done in. */
export function Dialog({ open, onOpenChange, title, children, className }: DialogProps) {
  const overlayRoot = useOverlayRoot();
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      <RadixDialog.Portal container={overlayRoot}>
        <RadixDialog.Overlay className={SCRIM} />
        <RadixDialog.Content
          aria-describedby={undefined}
          className={cx(
            BOX,
            'top-[16vh] left-1/2 flex max-h-[76vh] w-[min(520px,calc(100vw-32px))] -translate-x-1/2 flex-col gap-3 overflow-auto p-5',
            className,
          )}
        >
          <div className="flex items-center justify-between gap-4">
            <RadixDialog.Title className="text-title font-semibold">{title}</RadixDialog.Title>
            <RadixDialog.Close asChild>
              <IconButton label="Close" icon={<X size={16} strokeWidth={1.6} aria-hidden="true" />} />
            </RadixDialog.Close>
          </div>
          {children}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

/** What {@link Confirm} asks. */
export interface ConfirmProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  /** Names the object: "End Ines Okafor’s access to prod-eu?" */
  readonly title: ReactNode;
  /** The effect. */
  readonly children: ReactNode;
  readonly verb: string;
  /** The safe way out. Default "Keep it". */
  readonly keep?: string;
  readonly busy?: string | false;
  /** Given: it can't be confirmed yet, for this reason. */
  readonly disabledReason?: string | undefined;
  readonly onConfirm: () => void;
}

/** Asks before what can't be undone. The focus is on the safe button. */
export function Confirm(props: ConfirmProps) {
  const { open, onOpenChange, title, children, verb, keep = 'Keep it', busy, disabledReason, onConfirm } = props;
  const overlayRoot = useOverlayRoot();
  const safe = useRef<HTMLButtonElement>(null);
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal container={overlayRoot}>
        <AlertDialog.Overlay className={SCRIM} />
        <AlertDialog.Content
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            safe.current?.focus();
          }}
          className={cx(BOX, 'top-[22vh] left-1/2 w-[min(420px,calc(100vw-32px))] -translate-x-1/2 p-5')}
        >
          <AlertDialog.Title className="text-body font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-1 text-note text-ink-2">{children}</div>
          </AlertDialog.Description>
          <div className="mt-4 flex justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button ref={safe}>{keep}</Button>
            </AlertDialog.Cancel>
            <Button kind="destroy" busy={busy} disabledReason={disabledReason} onClick={onConfirm}>
              {verb}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
