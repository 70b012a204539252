import type { AccessRequestResource } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { groupInbox } from './inbox-groups.ts';

const aRequest = (id: string, state: AccessRequestResource['state'], minutes: number) =>
  ({ id, state, createdAt: new Date(minutes * 60_000) }) as AccessRequestResource;

describe('groupInbox', () => {
  it('puts what waits for the reader first, the oldest at the top, and each request once', () => {
    const [young, old, use, other, done] = [
      aRequest('young', 'pending', 9),
      aRequest('old', 'pending', 1),
      aRequest('use', 'approved', 5),
      aRequest('other', 'pending', 7),
      aRequest('done', 'denied', 3),
    ] as const;
    const groups = groupInbox({ waiting: [young, old], followUps: [use], recent: [young, other, use, done, old] });
    expect(groups.map(({ title, requests }) => [title, requests.map(({ id }) => id)])).toEqual([
      ['Waiting for you', ['use', 'old', 'young']],
      ['Waiting for others', ['other']],
      ['Decided', ['done']],
    ]);
  });

  it('leaves out headings with nothing under them', () => {
    expect(groupInbox({ waiting: [], followUps: [], recent: [] })).toEqual([]);
  });
});
