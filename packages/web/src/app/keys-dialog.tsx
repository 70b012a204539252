import { useState } from 'react';
import { Switch } from '../ui/choice.tsx';
import { keep } from '../ui/kept.ts';
import { KeyCap } from '../ui/key-cap.tsx';
import { areLettersOn, LETTERS_KEY } from '../ui/letter-keys.ts';
import { Dialog } from '../ui/overlay.tsx';
import { areasFor } from './capabilities.ts';
import { useSignedIn } from './signed-in.tsx';

const GENERAL: readonly (readonly [readonly string[], string])[] = [
  [['⌘', 'K'], 'Search or run'],
  [['?'], 'All keys'],
  [['R'], 'Request access'],
  [['/'], 'Filter'],
  [['Esc'], 'Close, one level up'],
];
const TABLES: readonly (readonly [readonly string[], string])[] = [
  [['J', 'K'], 'Next, previous row'],
  [['Enter'], 'Open the row'],
  [['Space'], 'Select the row'],
  [['X'], 'Select up to here'],
];

/** Every key that acts on any page, with the switch that turns single letters off. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const { me } = useSignedIn();
  const [isOn, setOn] = useState(areLettersOn);
  const chords = areasFor(me).flatMap(({ key, label }) =>
    key === undefined ? [] : [[['G', key.toUpperCase()], label] as const],
  );
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title="Keys">
      <div className="grid grid-cols-2 gap-x-8 gap-y-4 max-md:grid-cols-1">
        {[
          { title: 'Everywhere', keys: GENERAL },
          { title: 'Tables', keys: TABLES },
          { title: 'Go to', keys: chords },
        ].map(({ title, keys }) => (
          <section key={title}>
            <h3 className="pb-1 text-head text-ink-3">{title}</h3>
            <dl>
              {keys.map(([caps, text]) => (
                <div key={text} className="flex h-7 items-center justify-between">
                  <dt>{text}</dt>
                  <dd className="flex gap-1">
                    <span className="sr-only">{caps.join(' ')}</span>
                    {caps.map((cap) => (
                      <KeyCap key={cap}>{cap}</KeyCap>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Switch
        label="Single letters act"
        checked={isOn}
        onChange={(next) => {
          keep(LETTERS_KEY, next ? undefined : 'off');
          setOn(next);
        }}
      />
    </Dialog>
  );
}
