/** Where people land who did not come from a page of ours. */
export const HOME = '/';

const MAX_CHARACTERS = 2_048;

/**
 * A path of this server to send a browser back to: a given one that leads nowhere else, else the home page. Browsers read
 * `//host`, `/\host` and a path with a tab or line break in it as another host.
 */
export function safeReturnTo(given: unknown, publicUrl: string): string {
  if (typeof given !== 'string' || given.length > MAX_CHARACTERS) return HOME;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (!/^\/(?![/\\])/.test(given) || /[\u0000-\u0020\u007f\\]/.test(given)) return HOME;
  const url = URL.canParse(given, publicUrl) ? new URL(given, publicUrl) : undefined;
  if (url === undefined || url.origin !== publicUrl) return HOME;
  const path = `${url.pathname}${url.search}${url.hash}`;
  // `/./` + `/host` is `//host` once it has been resolved.
  return path.startsWith('//') ? HOME : path;
}
