import { Columns3 } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { Button } from './button.tsx';
import { keep, kept } from './kept.ts';
import { MenuLater } from './menu-later.tsx';
import type { Column } from './table.tsx';
import { useIsNarrow } from './use-is-narrow.ts';

const KEY = 'sallyport.columns';

/**
 * The columns of a table that somebody wants to see, and the menu that they choose them from; kept in this browser under `name`. Columns
 * that stay when there is little room can't be hidden. On narrow screens there are none to choose.
 */
export function useColumnChoice<Row>(
  name: string,
  columns: readonly Column<Row>[],
): readonly [shown: readonly Column<Row>[], menu: ReactNode] {
  const isNarrow = useIsNarrow();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => new Set(kept(`${KEY}.${name}`)?.split(',')));
  const shown = useMemo(
    () => columns.filter((column) => !canHide(column) || !hidden.has(column.id)),
    [columns, hidden],
  );
  const choices = columns.filter(canHide);
  if (isNarrow || choices.length === 0) return [shown, null];

  function toggle(id: string) {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    setHidden(next);
    keep(`${KEY}.${name}`, next.size === 0 ? undefined : [...next].join(','));
  }

  const menu = (
    <MenuLater
      items={choices.map(({ id, header }) => ({
        label: header,
        isChecked: !hidden.has(id),
        onSelect: () => toggle(id),
      }))}
      trigger={<Button icon={<Columns3 size={14} strokeWidth={1.6} aria-hidden="true" />}>Columns</Button>}
    />
  );
  return [shown, menu];
}

const canHide = ({ priority = 0 }: { readonly priority?: number }) => priority > 0;
