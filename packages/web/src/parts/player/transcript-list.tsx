import { Search } from 'lucide-react';
import { Fragment, useMemo, useState } from 'react';
import { cx } from '../../ui/cx.ts';
import { Input } from '../../ui/field.tsx';
import { formatPlace } from './timeline.ts';
import { searchTranscript, type TranscriptEntry } from './transcript.ts';

/** What {@link TranscriptList} shows. */
export interface TranscriptListProps {
  readonly entries: readonly TranscriptEntry[];
  /** Place of the picture, in milliseconds. */
  readonly atMs: number;
  readonly onSeek: (atMs: number) => void;
}

/** Entries that are drawn at once; a search finds the others. */
const MAX_SHOWN = 500;

/** What was run and printed, as text: choosing a line drives the picture. Enter in the search goes to the next place found. */
export function TranscriptList({ entries, atMs, onSeek }: TranscriptListProps) {
  const [words, setWords] = useState('');
  const [at, setAt] = useState(-1);
  const matches = useMemo(() => searchTranscript(entries, words), [entries, words]);
  const current = useMemo(() => entries.findLastIndex((entry) => entry.atMs <= atMs), [entries, atMs]);
  const isSearch = words.trim() !== '';
  const found = useMemo(() => new Map(matches.map((match) => [match.entry, match.text])), [matches]);
  const shown = entries.map((entry, index) => ({ entry, index })).filter(({ index }) => !isSearch || found.has(index));

  function next() {
    if (matches.length === 0) return;
    const to = (at + 1) % matches.length;
    setAt(to);
    onSeek(matches[to]?.atMs ?? 0);
  }

  return (
    <div className="flex flex-col gap-2">
      <search data-filter="" className="relative">
        <Search size={14} strokeWidth={1.6} aria-hidden="true" className="absolute top-1.5 left-2 text-ink-3" />
        <Input
          type="search"
          aria-label="Search the transcript"
          placeholder="Search"
          className="pr-16 pl-7"
          value={words}
          maxLength={200}
          onChange={({ target }) => {
            setWords(target.value);
            setAt(-1);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') next();
          }}
        />
        <span role="status" className="absolute top-1.5 right-2 text-second text-ink-3 tabular-nums">
          {isSearch && (at < 0 ? `${matches.length} found` : `${at + 1} of ${matches.length}`)}
        </span>
      </search>
      {entries.length === 0 && <p className="text-note text-ink-3">Nothing was printed.</p>}
      <ol className="-mx-5">
        {shown.slice(0, MAX_SHOWN).map(({ entry, index }) => (
          <li key={index} className="border-b border-line">
            <button
              type="button"
              aria-current={index === current ? 'step' : undefined}
              className={cx(
                'grid w-full grid-cols-[44px_1fr] px-5 py-1.5 text-left focus-visible:-outline-offset-2',
                index === current ? 'bg-select shadow-[inset_2px_0_0_var(--accent)]' : 'hover:bg-hover',
              )}
              onClick={() => onSeek(entry.atMs)}
            >
              <span className="text-mono text-ink-3 tabular-nums">{formatPlace(entry.atMs)}</span>
              <span className="min-w-0 font-mono text-mono">
                <bdi className="block truncate text-ink">
                  <Marked text={entry.command ?? entry.lines[0] ?? ''} words={words} />
                </bdi>
                <bdi className="block truncate text-ink-3">
                  <Marked
                    text={
                      found.get(index) ??
                      (entry.command === undefined ? (entry.lines[1] ?? '') : (entry.lines[0] ?? ''))
                    }
                    words={words}
                  />
                </bdi>
              </span>
            </button>
          </li>
        ))}
      </ol>
      {shown.length > MAX_SHOWN && (
        <p className="text-note text-ink-3">{shown.length - MAX_SHOWN} more. Search for what you want of them.</p>
      )}
    </div>
  );
}

function Marked({ text, words }: { readonly text: string; readonly words: string }) {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return text;
  const parts: string[] = [];
  let from = 0;
  for (let at = text.toLowerCase().indexOf(wanted); at >= 0; at = text.toLowerCase().indexOf(wanted, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  parts.push(text.slice(from));
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts stand in their order.
    <Fragment key={index}>{index % 2 === 1 ? <mark className="bg-warn-line text-ink">{part}</mark> : part}</Fragment>
  ));
}
