import { useCopy } from '../hooks/use-copy.ts';
import { CopyIcon, TickIcon } from '../ui/icons.tsx';

const ANSWERS = { idle: '', copied: 'Copied', failed: 'Copying is blocked here; select the line instead' } as const;

/** A line for the terminal, selectable as a whole, with a button that copies it. */
export function CommandLine({ command }: { readonly command: string }) {
  const { state, copy } = useCopy();
  return (
    <div className="command">
      <code className="command-text">{command}</code>
      <button type="button" className="button" onClick={() => copy(command)} aria-label={`Copy ${command}`}>
        {state === 'copied' ? <TickIcon /> : <CopyIcon />}
        <span>{state === 'copied' ? 'Copied' : 'Copy'}</span>
      </button>
      <span className={state === 'failed' ? 'command-problem' : 'visually-hidden'} role="status">
        {ANSWERS[state]}
      </span>
    </div>
  );
}
