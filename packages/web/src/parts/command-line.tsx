import { Check, Copy } from 'lucide-react';
import { Button } from '../ui/button.tsx';
import { useCopy } from '../ui/use-copy.ts';

const ANSWERS = { idle: '', copied: 'Copied', failed: 'Copying is blocked here; select the line instead' } as const;

/** A line for the terminal, selectable as a whole, with a button that copies it. */
export function CommandLine({ command }: { readonly command: string }) {
  const { state, copy } = useCopy();
  const Sign = state === 'copied' ? Check : Copy;
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-box border border-line bg-well py-1 pr-1 pl-2.5">
      <code className="min-w-0 flex-1 break-words whitespace-pre-wrap select-all">{command}</code>
      <Button
        size="small"
        kind="ghost"
        icon={<Sign size={14} strokeWidth={1.6} aria-hidden="true" />}
        onClick={() => copy(command)}
        aria-label={`Copy ${command}`}
      >
        {state === 'copied' ? 'Copied' : 'Copy'}
      </Button>
      <span className={state === 'failed' ? 'basis-full text-second text-warn' : 'sr-only'} role="status">
        {ANSWERS[state]}
      </span>
    </div>
  );
}

/** "Same as" with a line for the terminal: the command that does what the page does. */
export function SameAs({ command }: { readonly command: string }) {
  return (
    <section className="flex flex-col gap-1.5">
      <h2 className="text-second text-ink-3">The same from a terminal</h2>
      <CommandLine command={command} />
    </section>
  );
}
