import { useState } from 'react';
import { groupKinds, type KubeKind } from '../../api/kube/discovery.ts';
import { paths } from '../../app/paths.ts';
import { useGo } from '../../app/use-go.ts';
import { cx } from '../../ui/cx.ts';
import { Input } from '../../ui/field.tsx';
import { Link } from '../../ui/link.tsx';
import { Select } from '../../ui/select.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { useBrowsed, useMay } from './use-kube.ts';

/** Names of kinds as people say them: `DaemonSets`. */
export const pluralOf = ({ kind, resource }: KubeKind): string => {
  const lower = kind.toLowerCase();
  if (resource === lower) return kind;
  if (resource.startsWith(lower)) return `${kind}${resource.slice(lower.length)}`;
  return lower.endsWith('y') && resource.endsWith('ies') ? `${kind.slice(0, -1)}ies` : kind;
};

/** The kinds that a cluster serves, custom ones too, without those that the reader may not list in the namespace. */
export function KindsRail({
  kinds,
  current,
  namespace,
}: {
  readonly kinds: readonly KubeKind[];
  readonly current: string;
  readonly namespace: string | undefined;
}) {
  const { name, client } = useBrowsed();
  const may = useMay(client, namespace);
  const go = useGo();
  const isNarrow = useIsNarrow();
  const [text, setText] = useState('');
  // Rules are told by namespace: without one, what may be listed somewhere is offered.
  const isOffered = (kind: KubeKind) =>
    kind.id === current ||
    namespace === undefined ||
    may({ verb: 'list', group: kind.group, resource: kind.resource }) !== 'no';
  const groups = groupKinds(kinds.filter(isOffered));
  const hrefOf = (kind: KubeKind) =>
    paths.browse(name, encodeURIComponent(kind.id), { ns: kind.isNamespaced ? namespace : undefined });
  if (isNarrow) {
    const all = groups.flatMap((group) => group.kinds);
    return (
      <div className="shrink-0 border-b border-line px-4 py-2">
        <Select
          label="Kind"
          value={current}
          options={all.map((kind) => ({ value: kind.id, label: pluralOf(kind) }))}
          onChange={(id) => {
            const kind = all.find((each) => each.id === id);
            if (kind !== undefined) go(hrefOf(kind));
          }}
        />
      </div>
    );
  }
  const matches = ({ kind, resource, shortNames }: KubeKind) =>
    [kind, resource, ...shortNames].some((word) => word.toLowerCase().includes(text.toLowerCase()));
  return (
    <nav aria-label="Kinds" className="w-[184px] shrink-0 overflow-y-auto border-r border-line bg-well py-3">
      <div className="px-3 pb-2">
        <Input
          type="search"
          aria-label="Find a kind"
          placeholder="Find a kind"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      {groups.map(({ title, kinds: members }) => {
        const shown = members.filter(matches);
        if (shown.length === 0) return null;
        return (
          <section key={title} className="pb-2">
            <h2 className="px-5 pt-2 pb-0.5 text-head text-ink-3">{title}</h2>
            <ul>
              {shown.map((kind) => (
                <li key={kind.id}>
                  <Link
                    href={hrefOf(kind)}
                    aria-current={kind.id === current ? 'page' : undefined}
                    title={kind.group === '' ? kind.version : `${kind.group}/${kind.version}`}
                    className={cx(
                      'flex h-[26px] items-center px-5 focus-visible:-outline-offset-2',
                      kind.id === current
                        ? 'bg-select font-semibold shadow-[inset_2px_0_0_var(--accent)]'
                        : 'text-ink-2 hover:bg-hover hover:text-ink',
                    )}
                  >
                    <bdi className="truncate">{pluralOf(kind)}</bdi>
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </nav>
  );
}
