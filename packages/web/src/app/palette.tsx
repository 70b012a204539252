import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import {
  Boxes,
  CirclePlay,
  CornerDownLeft,
  FileText,
  Inbox,
  type LucideIcon,
  ScrollText,
  User,
  Zap,
} from 'lucide-react';
import { Dialog as RadixDialog } from 'radix-ui';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { cx } from '../ui/cx.ts';
import { keep, kept } from '../ui/kept.ts';
import { areasFor, mayAnywhere } from './capabilities.ts';
import { auditItems, findItems, type PaletteItem, paletteItems } from './palette-items.ts';
import { paths } from './paths.ts';
import { useSignedIn } from './signed-in.tsx';
import { useRested } from './use-rested.ts';

const RECENT_KEY = 'sallyport.palette';
const MOST_RECENT = 12;
const MOST_SHOWN = 40;
const MOST_EVENTS = 5;
const LEAST_LETTERS = 3;
const AUDIT_WAIT_MS = 250;
const ICONS: Record<PaletteItem['kind'], LucideIcon> = {
  action: Zap,
  page: FileText,
  cluster: Boxes,
  person: User,
  request: Inbox,
  recording: CirclePlay,
  audit: ScrollText,
};

/** Finds actions, pages, clusters, people, requests, recordings and audit events, and goes there; what was taken last comes first. */
export function Palette({ text: first, onClose }: { readonly text: string; readonly onClose: () => void }) {
  const { api, organization, me } = useSignedIn();
  const router = useRouter();
  const [text, setText] = useState(first);
  const [active, setActive] = useState(0);
  // Known answers are there at once; they are renewed behind them.
  const clusters = useQuery({
    queryKey: ['clusters', 'all', organization],
    queryFn: ({ signal }) => api.listClusters({ organization, limit: 500 }, { signal }),
  });
  const people = useQuery({
    queryKey: ['people', 'all', organization],
    queryFn: ({ signal }) => api.listUsers({ organization, limit: 500 }, { signal }),
    enabled: mayAnywhere(me, 'users.read'),
  });
  const requests = useQuery({
    queryKey: ['access', 'requests', organization, { limit: 50 }],
    queryFn: ({ signal }) => api.listAccessRequests({ organization, limit: 50 }, { signal }),
  });
  const sessions = useQuery({
    queryKey: ['recordings', 'palette', organization],
    queryFn: ({ signal }) => api.listSessions({ organization, limit: 50 }, { signal }),
  });
  const words = text.replace(/^[>@#]/, '').trim();
  // Asked once the typing rests: the audit is found in by the server alone.
  const asked = useRested(words, AUDIT_WAIT_MS);
  const events = useQuery({
    queryKey: ['audit', 'palette', organization, asked],
    queryFn: ({ signal }) => api.listAuditEvents({ organization, q: asked, limit: MOST_EVENTS }, { signal }),
    enabled: asked.length >= LEAST_LETTERS && !/^[>@#]/.test(text) && mayAnywhere(me, 'audit.read'),
    placeholderData: (before) => before,
  });
  const recent = useMemo(() => (kept(RECENT_KEY) ?? '').split('\n'), []);
  const items = paletteItems({
    areas: areasFor(me),
    clusters: clusters.data?.items ?? [],
    people: people.data?.items ?? [],
    requests: requests.data?.items ?? [],
    sessions: sessions.data?.items ?? [],
  });
  const ofAudit =
    asked === words && words.length >= LEAST_LETTERS ? auditItems(events.data?.items ?? []).slice(0, MOST_EVENTS) : [];
  const found = [
    ...findItems(items, text, recent).slice(0, MOST_SHOWN),
    // What comes later stands last, so that no line moves under the eye.
    ...(words === '' ? [] : [...searches(words), ...ofAudit]),
  ];
  const take = (item: PaletteItem, isNewTab: boolean) => {
    keep(RECENT_KEY, [item.id, ...recent.filter((id) => id !== item.id)].slice(0, MOST_RECENT).join('\n'));
    if (isNewTab) {
      window.open(item.href, '_blank', 'noopener');
      return;
    }
    onClose();
    void router.navigate({ href: item.href });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((before) => (before + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const item = found[active];
      if (item !== undefined) take(item, event.metaKey || event.ctrlKey);
    }
  };
  return (
    <RadixDialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 animate-overlay bg-scrim" />
        <RadixDialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 flex max-h-[70vh] w-[min(640px,calc(100vw-24px))] -translate-x-1/2 animate-overlay flex-col overflow-hidden rounded-palette bg-raised shadow-overlay focus:outline-none"
        >
          <RadixDialog.Title className="sr-only">Search or run</RadixDialog.Title>
          <input
            // biome-ignore lint/a11y/noAutofocus: the palette was opened to type into.
            autoFocus
            role="combobox"
            aria-label="Search or run"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant={found[active] === undefined ? undefined : `palette-${active}`}
            placeholder="Search or run. > actions, @ people, # clusters"
            className="h-12 w-full border-b border-line bg-transparent px-4 text-title outline-none touch:text-[16px]"
            value={text}
            maxLength={200}
            spellCheck={false}
            autoComplete="off"
            onChange={({ target }) => {
              setText(target.value);
              setActive(0);
            }}
            onKeyDown={onKeyDown}
          />
          <div
            id="palette-list"
            role="listbox"
            aria-label="What was found"
            className="min-h-0 flex-1 overflow-y-auto p-1.5"
          >
            {found.length === 0 && <p className="px-3 py-4 text-note text-ink-3">Nothing is called like that.</p>}
            {found.map((item, index) => {
              const Icon = ICONS[item.kind];
              return (
                <div
                  key={item.id}
                  id={`palette-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === active}
                  ref={(element) => {
                    if (index === active) element?.scrollIntoView({ block: 'nearest' });
                  }}
                  onPointerMove={() => setActive(index)}
                  onClick={(event) => take(item, event.metaKey || event.ctrlKey)}
                  onKeyDown={onKeyDown}
                  className={cx(
                    'flex h-9 items-center gap-2.5 rounded-control px-2.5 touch:h-11',
                    index === active && 'bg-hover',
                  )}
                >
                  <Icon size={16} strokeWidth={1.6} aria-hidden="true" className="shrink-0 text-ink-3" />
                  <bdi className="min-w-0 flex-1 truncate">{item.label}</bdi>
                  <span className="shrink-0 text-second text-ink-3">
                    <bdi>{item.note}</bdi>
                  </span>
                  {index === active && (
                    <CornerDownLeft size={14} strokeWidth={1.6} aria-hidden="true" className="text-ink-3" />
                  )}
                </div>
              );
            })}
          </div>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

/** What was typed, searched where only the server can. */
const searches = (words: string): readonly PaletteItem[] => [
  {
    id: 'search audit',
    kind: 'audit',
    label: `Search the audit for “${words}”`,
    note: '',
    href: paths.audit({ search: words }),
  },
  {
    id: 'search recordings',
    kind: 'recording',
    label: `Search recordings for “${words}”`,
    note: '',
    href: paths.recordings({ q: words }),
  },
];
