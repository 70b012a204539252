import { Layers } from 'lucide-react';
import { useState } from 'react';
import { paths } from '../../app/paths.ts';
import { useGo } from '../../app/use-go.ts';
import { Combobox } from '../../ui/combobox.tsx';
import { useBrowsed, useNamespaces } from './use-kube.ts';

const ALL = 'All namespaces';

/** The namespace that is looked at. Where namespaces may not be listed, its name can be typed. */
export function NamespaceSwitch({
  kindId,
  namespace,
}: {
  readonly kindId: string;
  readonly namespace: string | undefined;
}) {
  const { name, client } = useBrowsed();
  const go = useGo();
  const { data, error } = useNamespaces(client);
  const [typed, setTyped] = useState<string>();
  const names = data ?? [];
  const shown = typed ?? namespace ?? ALL;
  const wanted = typed === undefined || typed === '' ? '' : typed.toLowerCase();
  const pick = (picked: string) => {
    setTyped(undefined);
    const next = picked === ALL || picked.trim() === '' ? undefined : picked.trim();
    go(paths.browse(name, encodeURIComponent(kindId), { ns: next }));
  };
  return (
    <span className="flex items-center gap-2">
      <Layers size={14} strokeWidth={1.6} aria-hidden="true" className="shrink-0 text-ink-3" />
      <Combobox
        key={namespace ?? ALL}
        label="Namespace"
        className="w-56 font-normal max-md:w-full"
        value={shown}
        onChange={setTyped}
        onPick={pick}
        suggestions={[ALL, ...names].filter((each) => each.toLowerCase().includes(wanted)).map((value) => ({ value }))}
        source={
          error === null ? `${names.length} namespaces of the cluster` : 'You may not list namespaces here; type a name'
        }
      />
    </span>
  );
}
