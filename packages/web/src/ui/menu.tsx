import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import { useOverlayRoot } from './overlay-root.ts';

/** One line of a menu. */
export type MenuItem =
  | {
      readonly label: ReactNode;
      readonly icon?: ReactNode;
      /** The key that does the same. */
      readonly keyCap?: string;
      readonly isDanger?: boolean;
      readonly isChecked?: boolean;
      readonly disabled?: boolean;
      readonly onSelect: () => void;
    }
  | { readonly separator: true }
  | { readonly heading: string };

/** What {@link Menu} shows. */
export interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactNode;
  readonly items: readonly MenuItem[];
  readonly align?: 'start' | 'end';
  readonly side?: 'top' | 'bottom';
  readonly defaultOpen?: boolean;
}

/** A menu of actions, with type-ahead. */
export function Menu({ trigger, items, align = 'end', side = 'bottom', defaultOpen }: MenuProps) {
  const overlayRoot = useOverlayRoot();
  return (
    <DropdownMenu.Root {...(defaultOpen !== undefined && { defaultOpen })}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={overlayRoot}>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-[208px] max-w-[320px] animate-overlay rounded-menu bg-raised p-1 shadow-overlay focus:outline-none"
        >
          {items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name and are never moved.
            <MenuLine key={index} item={item} />
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function MenuLine({ item }: { readonly item: MenuItem }) {
  if ('separator' in item) return <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />;
  if ('heading' in item) {
    return <DropdownMenu.Label className="px-2 pt-1.5 pb-0.5 text-head text-ink-3">{item.heading}</DropdownMenu.Label>;
  }
  return (
    <DropdownMenu.Item
      disabled={item.disabled === true}
      onSelect={item.onSelect}
      className={cx(
        'flex h-[30px] items-center gap-2 rounded-control px-2 text-body outline-none data-[highlighted]:bg-hover data-[disabled]:text-ink-4 touch:min-h-11',
        item.isDanger === true && 'text-danger',
      )}
    >
      {item.icon}
      <span className="min-w-0 flex-1 truncate">{item.label}</span>
      {item.isChecked === true && <Check size={14} strokeWidth={1.6} aria-label="chosen" className="text-accent" />}
      {item.keyCap !== undefined && <span className="text-second text-ink-3">{item.keyCap}</span>}
    </DropdownMenu.Item>
  );
}
