import { useMutation } from '@tanstack/react-query';
import { Download, WrapText } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { readWholeLog } from '../../api/kube/read-whole-log.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { saveText } from '../../parts/save-text.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Segmented } from '../../ui/choice.tsx';
import { cx } from '../../ui/cx.ts';
import { Input } from '../../ui/field.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useBrowsed } from './use-kube.ts';
import { type LogEntry, useLog } from './use-log.ts';

/** Longest that a whole log is read for. */
const DOWNLOAD_MS = 300_000;

/** The log of a container, or of all of a pod: followed, filtered, of this run or the one before, to be kept as a file. */
export function LogsPanel({
  pod,
  podPath,
  containers,
}: {
  readonly pod: KubeObject;
  readonly podPath: string;
  /** Whose logs are read; several stand side by side. */
  readonly containers: readonly string[];
}) {
  const { client } = useBrowsed();
  const toast = useToast();
  const [text, setText] = useState('');
  const [run, setRun] = useState<'current' | 'previous'>('current');
  const [isFollowed, setFollowed] = useState(true);
  const [isWrapped, setWrapped] = useState(false);
  const { entries, state, error } = useLog({
    client,
    podPath,
    containers,
    previous: run === 'previous',
    follow: isFollowed,
  });
  const shown = useMemo(() => entries.filter((entry) => matches(entry, text)), [entries, text]);
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line moves the view, as long as it is followed.
  useEffect(() => {
    if (isFollowed) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [shown, isFollowed]);
  const [only] = containers;
  // What is filtered, or put together from several, stands nowhere but here.
  const isWhole = text === '' && containers.length <= 1;
  const fileName = `${pod.metadata.name}${containers.length === 1 ? `-${only}` : ''}.log`;
  const keep = () => {
    const lines = shown.map((entry) =>
      'divider' in entry
        ? `--- ${entry.divider} ---`
        : `${entry.at?.toISOString() ?? ''} ${entry.source === undefined ? '' : `[${entry.source}] `}${entry.text}`.trim(),
    );
    saveText([`${lines.join('\n')}\n`], fileName, 'text/plain');
  };
  const whole = useMutation({
    mutationFn: (container: string | undefined) =>
      readWholeLog(client, podPath, {
        container,
        previous: run === 'previous',
        signal: AbortSignal.timeout(DOWNLOAD_MS),
      }),
    onSuccess: ({ parts, isCut }) => {
      saveText(parts, fileName, 'text/plain');
      if (isCut) toast({ text: 'The file holds the first 64 MB; kubectl logs writes all of it.', gate: 'closing' });
    },
  });
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-1.5">
        <Input
          type="search"
          aria-label="Filter lines"
          placeholder="Filter lines"
          className="!w-48"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        {text !== '' && (
          <span className="text-second text-ink-3 tabular-nums">
            {shown.length} {shown.length === 1 ? 'line' : 'lines'}
          </span>
        )}
        <span className="flex-1" />
        <Segmented
          label="Run"
          value={run}
          options={[
            { value: 'current', label: 'Current' },
            { value: 'previous', label: 'Previous' },
          ]}
          onChange={setRun}
        />
        <Button
          size="small"
          aria-pressed={isFollowed}
          className="aria-pressed:text-accent"
          onClick={() => setFollowed(!isFollowed)}
        >
          Follow
        </Button>
        <IconButton
          label="Wrap lines"
          size="small"
          aria-pressed={isWrapped}
          icon={<WrapText size={14} strokeWidth={1.6} aria-hidden="true" />}
          onClick={() => setWrapped(!isWrapped)}
        />
        <IconButton
          label={isWhole ? 'Download the whole log' : 'Download the lines'}
          size="small"
          icon={<Download size={14} strokeWidth={1.6} aria-hidden="true" />}
          aria-busy={whole.isPending}
          onClick={() => (isWhole ? !whole.isPending && whole.mutate(only) : keep())}
        />
      </div>
      {(error ?? whole.error) && <ProblemNotice error={error ?? whole.error} className="m-3" />}
      <div
        ref={box}
        role="log"
        aria-label="Log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys.
        tabIndex={0}
        className="min-h-0 flex-1 overflow-auto bg-terminal px-4 py-2 text-terminal-ink"
      >
        {shown.length === 0 && state !== 'reading' && !error && (
          <p className="font-mono text-mono text-terminal-dim">
            {text === '' ? 'Nothing was written yet.' : 'No line matches.'}
          </p>
        )}
        {shown.map((entry) =>
          'divider' in entry ? (
            <p key={entry.number} className="flex items-center gap-3 py-1 font-mono text-mono text-terminal-dim">
              <span className="h-px w-24 bg-current opacity-60" />
              <bdi>{entry.divider}</bdi>
              <span className="h-px flex-1 bg-current opacity-60" />
            </p>
          ) : (
            <p
              key={entry.number}
              className={cx('flex gap-4 font-mono text-mono', isWrapped ? 'whitespace-pre-wrap' : 'whitespace-pre')}
            >
              <time
                dateTime={entry.at?.toISOString()}
                title={entry.at?.toISOString()}
                className="shrink-0 text-terminal-dim select-none"
              >
                {entry.at?.toISOString().slice(11, 23)}
              </time>
              {entry.source !== undefined && <bdi className="shrink-0 text-(--terminal-blue)">{entry.source}</bdi>}
              <bdi
                className={cx(
                  entry.level === 'error' && 'text-(--terminal-red)',
                  entry.level === 'warn' && 'text-(--terminal-yellow)',
                  isWrapped && 'min-w-0 break-all',
                )}
              >
                <Marked text={entry.text} word={text} />
              </bdi>
            </p>
          ),
        )}
        {state === 'ended' && isFollowed && run === 'current' && error === undefined && shown.length > 0 && (
          <p className="font-mono text-mono text-terminal-dim">The container has ended. Its next run goes on here.</p>
        )}
      </div>
    </>
  );
}

function Marked({ text, word }: { readonly text: string; readonly word: string }) {
  const at = word === '' ? -1 : text.toLowerCase().indexOf(word.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark className="bg-(--terminal-yellow)/35 text-inherit">{text.slice(at, at + word.length)}</mark>
      {text.slice(at + word.length)}
    </>
  );
}

const matches = (entry: LogEntry, text: string) =>
  text === '' || 'divider' in entry || entry.text.toLowerCase().includes(text.toLowerCase());
