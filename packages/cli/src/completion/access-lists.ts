import type { ApiClient } from '@sallyport/core/api';
import type { ValueSource } from './value-sources.ts';

/** Lists of access requests, grants and access reviews that completion takes words from, besides the names of resources. */
export const ACCESS_LISTS = [
  'requestable-roles',
  'pending-requests',
  'requests-to-review',
  'uses-to-follow-up',
  'live-grants',
  'access-reviews',
] as const;

/** One of {@link ACCESS_LISTS}. */
export type AccessList = (typeof ACCESS_LISTS)[number];

const of = (list: AccessList): ValueSource => ({ from: 'access', list });

// By command, then by flag or argument: what the same name means elsewhere is too much here.
const SOURCES: Readonly<Record<string, Readonly<Record<string, ValueSource>>>> = {
  'access:approve': { id: of('requests-to-review') },
  'access:break-glass': { role: of('requestable-roles') },
  'access:cancel': { id: of('pending-requests') },
  'access:deny': { id: of('requests-to-review') },
  'access:follow-up': { id: of('uses-to-follow-up') },
  'access:renew': { id: of('live-grants') },
  'access:request': { role: of('requestable-roles'), reviewer: { from: 'names', kind: 'User' } },
  'access:revoke': { id: of('live-grants') },
  'access:show': { id: of('pending-requests') },
  'grants:revoke': { id: of('live-grants') },
  'grants:show': { id: of('live-grants') },
  'reviews:attest': { review: of('access-reviews') },
  'reviews:close': { review: of('access-reviews') },
  'reviews:remind': { review: of('access-reviews') },
  'reviews:remove': { review: of('access-reviews') },
  'reviews:report': { review: of('access-reviews') },
  'reviews:show': { review: of('access-reviews') },
};

/** Where the values of a flag or argument of a command on access come from; `undefined` for all others. */
export function accessSource(id: string, name: string): ValueSource | undefined {
  return SOURCES[id]?.[name];
}

/** Whether a word names one of {@link ACCESS_LISTS}. */
export function isAccessList(word: string): word is AccessList {
  return (ACCESS_LISTS as readonly string[]).includes(word);
}

/** Reads the words of a list, the newest first. */
export async function readAccessList(
  api: Pick<ApiClient, 'listRequestable' | 'listAccessRequests' | 'listGrants' | 'listAccessReviews'>,
  organization: string,
  list: AccessList,
): Promise<readonly string[]> {
  const requests = async (query: Omit<Parameters<ApiClient['listAccessRequests']>[0], 'organization'>) =>
    (await api.listAccessRequests({ organization, ...query })).items.map(({ id }) => id);
  switch (list) {
    case 'requestable-roles': {
      const { items } = await api.listRequestable({ organization });
      return [...new Set(items.map(({ role }) => role))];
    }
    case 'pending-requests':
      return requests({ state: 'pending' });
    case 'requests-to-review':
      return requests({ view: 'toReview' });
    case 'uses-to-follow-up':
      return requests({ view: 'followUp' });
    case 'live-grants':
      return (await api.listGrants({ organization, state: 'active,scheduled' })).items.map(({ id }) => id);
    case 'access-reviews':
      return (await api.listAccessReviews({ organization })).items.map(({ name }) => name);
  }
}
