import type { AccessRequestResource, ApiClient } from '@sallyport/core/api';
import { sentenceOf } from '../pages/audit/event-words.ts';
import { placeOf } from '../parts/place-words.ts';
import type { Area } from './capabilities.ts';
import { paths } from './paths.ts';

/** One line of the palette. */
export interface PaletteItem {
  readonly id: string;
  readonly kind: 'action' | 'cluster' | 'person' | 'request' | 'recording' | 'page' | 'audit';
  readonly label: string;
  /** What is said beside it. */
  readonly note: string;
  readonly href: string;
}

type Page<Name extends 'listClusters' | 'listUsers' | 'listSessions' | 'listAuditEvents'> = Awaited<
  ReturnType<ApiClient[Name]>
>['items'];

/** What the palette finds things in. */
export interface PaletteSource {
  readonly areas: readonly Area[];
  readonly clusters: Page<'listClusters'>;
  readonly people: Page<'listUsers'>;
  readonly requests: readonly AccessRequestResource[];
  readonly sessions: Page<'listSessions'>;
}

/** Everything that can be found, in the order in which it stands while nothing is typed: actions above objects. */
export function paletteItems({ areas, clusters, people, requests, sessions }: PaletteSource): readonly PaletteItem[] {
  return [
    { id: 'request', kind: 'action', label: 'Request access', note: 'R', href: paths.newRequest() },
    ...areas.map(({ id, label, path, key }) => ({
      id: `page ${id}`,
      kind: 'page' as const,
      label,
      note: key === undefined ? '' : `G ${key.toUpperCase()}`,
      href: path,
    })),
    { id: 'account', kind: 'page', label: 'Account', note: '', href: paths.account },
    ...clusters.flatMap(({ metadata: { name }, status }) => [
      {
        id: `cluster ${name}`,
        kind: 'cluster' as const,
        label: name,
        note: status.roles.join(', '),
        href: paths.cluster(name),
      },
      ...(status.roles.length === 0
        ? []
        : [
            {
              id: `terminal ${name}`,
              kind: 'action' as const,
              label: `Open terminal on ${name}`,
              note: '',
              href: paths.terminal({ cluster: name }),
            },
            {
              id: `browse ${name}`,
              kind: 'action' as const,
              label: `Browse ${name}`,
              note: '',
              href: paths.browse(name),
            },
          ]),
      {
        id: `ask ${name}`,
        kind: 'action' as const,
        label: `Request access to ${name}`,
        note: '',
        href: paths.newRequest({ cluster: name }),
      },
    ]),
    ...requests.map((request) => ({
      id: request.id,
      kind: 'request' as const,
      label: `${request.requester}: ${request.role} on ${placeOf(request.scope).on.join(', ')}`,
      note: request.state,
      href: paths.request(request.id),
    })),
    ...sessions.map(({ id, user, kind, cluster, namespace, pod, state }) => ({
      id,
      kind: 'recording' as const,
      label: `${kind} in ${namespace}/${pod} on ${cluster}`,
      note: state === 'recording' ? `${user}, now` : user,
      href: paths.recording(id),
    })),
    ...people.map(({ metadata: { name }, spec }) => ({
      id: `person ${name}`,
      kind: 'person' as const,
      label: spec.displayName ?? name,
      note: name,
      href: paths.people({ name }),
    })),
  ];
}

/** Audit events as lines; the server has found them, by what was typed. */
export function auditItems(events: Page<'listAuditEvents'>): readonly PaletteItem[] {
  return events.map((event) => ({
    id: event.id,
    kind: 'audit' as const,
    label: sentenceOf(event)
      .map(({ text }) => text)
      .join(''),
    note: event.code,
    href: paths.auditEvent(event.id),
  }));
}

const PREFIXES: Readonly<Record<string, readonly PaletteItem['kind'][]>> = {
  '>': ['action', 'page'],
  '@': ['person'],
  '#': ['cluster'],
};

/**
 * The lines that a text finds, the best first. Every word must be found, in any order: at the beginning of a word it counts most,
 * then within one, then letter by letter. `>` finds actions alone, `@` people, `#` clusters.
 * @param recent ids that were taken last, the newest first
 */
export function findItems(
  items: readonly PaletteItem[],
  text: string,
  recent: readonly string[] = [],
): readonly PaletteItem[] {
  const kinds = PREFIXES[text.slice(0, 1)];
  const words = (kinds === undefined ? text : text.slice(1)).toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ id }: PaletteItem) => (recent.includes(id) ? recent.indexOf(id) : recent.length);
  return items
    .filter(({ kind }) => kinds === undefined || kinds.includes(kind))
    .map((item, index) => ({ item, index, score: scoreOf(item, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || rank(a.item) - rank(b.item) || a.index - b.index)
    .map(({ item }) => item);
}

function scoreOf({ label, note }: PaletteItem, words: readonly string[]): number {
  const text = `${label} ${note}`.toLowerCase();
  let score = 1;
  for (const word of words) {
    const found = scoreOfWord(text, word);
    if (found === 0) return 0;
    score += found;
  }
  return score;
}

function scoreOfWord(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at === 0) return 8;
  if (at > 0) return /[^\p{L}\p{N}]/u.test(text[at - 1] ?? '') ? 6 : 3;
  let from = 0;
  for (const letter of word) {
    const next = text.indexOf(letter, from);
    if (next < 0) return 0;
    from = next + 1;
  }
  return 1;
}
