/**
 * Whether a request stays open by its nature: a watch, or a log that is followed. Decides only which connection it
 * takes; what is allowed was decided by resource and verb.
 */
export function isLongRunning(target: string): boolean {
  const cut = target.indexOf('?');
  const path = cut < 0 ? target : target.slice(0, cut);
  if (/^\/(api\/v1|apis\/[^/]+\/[^/]+)\/watch\//.test(path)) return true;
  if (cut < 0) return false;
  const query = new URLSearchParams(target.slice(cut + 1));
  return isTrue(query.get('watch')) || (path.endsWith('/log') && isTrue(query.get('follow')));
}

/** kube-apiserver takes every value but these for true (`Convert_Slice_string_To_bool`). */
function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}
