import type { AccessRequestResource } from '@sallyport/core/api';

/** Requests under one heading of the inbox. */
export interface InboxGroup {
  readonly title: string;
  readonly requests: readonly AccessRequestResource[];
}

/** What the server said, by what the reader has to do with it. */
export interface InboxParts {
  /** Wait for the reader's verdict. */
  readonly waiting: readonly AccessRequestResource[];
  /** Uses without approval that the reader is to review. */
  readonly followUps: readonly AccessRequestResource[];
  /** The newest of all that the reader may see. */
  readonly recent: readonly AccessRequestResource[];
}

/** Sorts requests under headings, each once: what waits for the reader first, the oldest of it at the top. */
export function groupInbox({ waiting, followUps, recent }: InboxParts): readonly InboxGroup[] {
  const seen = new Set<string>();
  const unseen = (requests: readonly AccessRequestResource[]) =>
    requests.filter(({ id }) => {
      if (seen.has(id)) return false;
      seen.add(id);
      return true;
    });
  const byAge = (requests: readonly AccessRequestResource[]) =>
    requests.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  return [
    { title: 'Waiting for you', requests: unseen([...byAge(followUps), ...byAge(waiting)]) },
    { title: 'Waiting for others', requests: unseen(recent.filter(({ state }) => state === 'pending')) },
    { title: 'Decided', requests: unseen(recent) },
  ].filter(({ requests }) => requests.length > 0);
}
