import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { Combobox } from '../ui/combobox.tsx';
import { Dialog } from '../ui/overlay.tsx';
import { areasFor } from './capabilities.ts';
import { paths } from './paths.ts';
import { useSignedIn } from './signed-in.tsx';

/** Finds pages and actions. */
export function Palette({ text: first, onClose }: { readonly text: string; readonly onClose: () => void }) {
  const { me } = useSignedIn();
  const router = useRouter();
  const [text, setText] = useState(first);
  const all = [
    { value: paths.newRequest(), label: 'Request access' },
    ...areasFor(me).map(({ path, label }) => ({ value: path, label })),
  ];
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title="Search or run">
      <Combobox
        label="Search or run"
        value={text}
        onChange={setText}
        autoFocus
        suggestions={all.filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()))}
        onPick={(href) => {
          if (!href.startsWith('/')) return;
          onClose();
          void router.navigate({ href });
        }}
      />
    </Dialog>
  );
}
