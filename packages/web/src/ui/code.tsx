import { Check, Copy } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';
import { diffLines } from './diff-lines.ts';
import { useCopy } from './use-copy.ts';

/** Lines in mono with numbers, selectable as a whole; YAML keys stand out a little. */
export function CodeBlock({
  text,
  label,
  isYaml = false,
}: {
  readonly text: string;
  readonly label: string;
  readonly isYaml?: boolean;
}) {
  const lines = useMemo(() => text.replace(/\n$/, '').split('\n'), [text]);
  return (
    <section aria-label={label} className="relative overflow-auto rounded-box border border-line bg-well">
      <CopyButton text={text} label={`Copy ${label}`} className="absolute top-1 right-1" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys. */}
      <pre tabIndex={0} className="min-w-max p-2 pr-10">
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are numbered.
          <div key={index} className="flex">
            <LineNumber>{index + 1}</LineNumber>
            <span className="whitespace-pre">{isYaml ? <YamlLine line={line} /> : line}</span>
          </div>
        ))}
      </pre>
    </section>
  );
}

/** Two texts line by line, parts without a change folded away. */
export function DiffBlock({
  before,
  after,
  label,
}: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
}) {
  const lines = useMemo(() => diffLines(before, after), [before, after]);
  return (
    <section aria-label={label} className="overflow-auto rounded-box border border-line bg-well">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys. */}
      <pre tabIndex={0} className="min-w-max py-2">
        {lines.map((line, index) =>
          line.kind === 'fold' ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines stand in their order.
            <div key={index} className="px-2 text-ink-3">
              {line.count} lines without a change
            </div>
          ) : (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: lines stand in their order.
              key={index}
              className={cx(
                'flex px-2',
                line.kind === 'added' && 'bg-accent-tint text-accent',
                line.kind === 'removed' && 'bg-danger-tint text-danger',
              )}
            >
              <span className="w-4 shrink-0 select-none">
                {line.kind === 'added' ? '+' : line.kind === 'removed' ? '−' : ' '}
              </span>
              <span className="whitespace-pre">{line.text}</span>
            </div>
          ),
        )}
      </pre>
    </section>
  );
}

/** A button that copies a text, and says so. */
export function CopyButton({
  text,
  label,
  className,
}: {
  readonly text: string;
  readonly label: string;
  readonly className?: string;
}) {
  const { state, copy } = useCopy();
  return (
    <>
      <IconButton
        size="small"
        label={state === 'copied' ? 'Copied' : label}
        className={className}
        icon={
          state === 'copied' ? (
            <Check size={14} strokeWidth={1.6} aria-hidden="true" className="text-accent" />
          ) : (
            <Copy size={14} strokeWidth={1.6} aria-hidden="true" />
          )
        }
        onClick={() => copy(text)}
      />
      <span className="sr-only" role="status">
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'Copying is blocked here; select the text instead' : ''}
      </span>
    </>
  );
}

function LineNumber({ children }: { readonly children: ReactNode }) {
  return <span className="mr-3 w-8 shrink-0 text-right text-ink-3 select-none tabular-nums">{children}</span>;
}

function YamlLine({ line }: { readonly line: string }) {
  const match = /^(\s*(?:- )?)([\w./-]+:)(.*)$/.exec(line);
  if (match === null) return line;
  return (
    <>
      {match[1]}
      <span className="text-ink-3">{match[2]}</span>
      {match[3]}
    </>
  );
}
