import type { Terminal } from '@xterm/xterm';
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../ui/button.tsx';
import { findText } from './find-text.ts';

const ICON = { size: 14, strokeWidth: 1.6, 'aria-hidden': true } as const;

/** Looks for text in what a terminal printed: Enter goes up to the one before, Shift+Enter down, Escape leaves. */
export function FindBar({ terminal, onClose }: { readonly terminal: Terminal; readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [said, setSaid] = useState('');
  const [at, setAt] = useState<number>();

  function show(wanted: string, step: -1 | 1, from: number | undefined): void {
    const found = findText(terminal.buffer.active, wanted);
    const count = found.length;
    // The newest is what somebody looks for first.
    const next = from === undefined || from >= count ? count - 1 : (from + step + count) % count;
    const place = found[next];
    setAt(count === 0 ? undefined : next);
    setSaid(wanted === '' ? '' : count === 0 ? 'Not printed' : `${next + 1} of ${count}`);
    terminal.clearSelection();
    if (place === undefined) return;
    terminal.select(place.column, place.row, place.length);
    terminal.scrollToLine(Math.max(0, place.row - Math.floor(terminal.rows / 2)));
  }

  return (
    <search className="absolute top-2 right-4 z-10 flex items-center gap-1 rounded-box border border-[#3a3b36] bg-[#1e1f1c] p-1 text-terminal-ink">
      <input
        // biome-ignore lint/a11y/noAutofocus: somebody asked for it by a key.
        autoFocus
        aria-label="Find in what was printed"
        className="h-6 w-40 bg-transparent px-2 font-mono text-[12px] outline-none placeholder:text-terminal-dim"
        placeholder="Find"
        spellCheck={false}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          show(currentTarget.value, -1, undefined);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') show(text, event.shiftKey ? 1 : -1, at);
          else if (event.key === 'Escape') onClose();
          else return;
          event.preventDefault();
        }}
      />
      <span role="status" className="min-w-16 text-[12px] text-terminal-dim">
        {said}
      </span>
      <IconButton
        label="The one before"
        size="small"
        className="text-terminal-dim"
        icon={<ChevronUp {...ICON} />}
        onClick={() => show(text, -1, at)}
      />
      <IconButton
        label="The next one"
        size="small"
        className="text-terminal-dim"
        icon={<ChevronDown {...ICON} />}
        onClick={() => show(text, 1, at)}
      />
      <IconButton
        label="Close the search"
        size="small"
        className="text-terminal-dim"
        icon={<X {...ICON} />}
        onClick={onClose}
      />
    </search>
  );
}
