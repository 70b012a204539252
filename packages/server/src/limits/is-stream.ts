import type { Admission } from '../proxy/admit.ts';

/** What limits need to know of a request that was admitted. */
export type LimitedRequest = Pick<Admission, 'who' | 'decision' | 'attributes' | 'upgrade' | 'target'>;

/** Whether a request stays open by its nature: a watch, a log that is followed, whatever switches protocols. */
export function isStream({ attributes, upgrade, target }: LimitedRequest): boolean {
  if (upgrade !== undefined || attributes.verb === 'watch') return true;
  if (attributes.kind !== 'resource' || attributes.subresource !== 'log') return false;
  const query = target.indexOf('?');
  const follow = query < 0 ? null : new URLSearchParams(target.slice(query + 1)).get('follow');
  // kube-apiserver takes every value but these for true (`Convert_Slice_string_To_bool`).
  return follow !== null && follow !== '0' && follow.toLowerCase() !== 'false';
}
