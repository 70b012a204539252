import { useState } from 'react';
import { Button } from '../../ui/button.tsx';

/** The editor of `kubectl edit`: kubectl waits until the text is saved, or left as it is. */
export function EditDialog({
  name,
  text,
  onDone,
}: {
  readonly name: string;
  readonly text: string;
  readonly onDone: (text: string | undefined) => void;
}) {
  const [value, setValue] = useState(text);
  return (
    <section aria-label={`Editing ${name}`} className="absolute inset-0 z-20 flex flex-col bg-surface">
      <textarea
        aria-label="Text"
        spellCheck={false}
        // biome-ignore lint/a11y/noAutofocus: somebody ran an editor.
        autoFocus
        className="min-h-0 flex-1 resize-none bg-well p-4 font-mono text-[12px] leading-[19px] text-ink"
        value={value}
        onChange={({ currentTarget }) => setValue(currentTarget.value)}
      />
      <p className="flex items-center gap-2 border-t border-line px-4 py-2">
        <span className="flex-1 text-second text-ink-3">kubectl applies the text when you save it.</span>
        <Button onClick={() => onDone(undefined)}>Leave as it is</Button>
        <Button kind="primary" onClick={() => onDone(value)}>
          Save
        </Button>
      </p>
    </section>
  );
}
