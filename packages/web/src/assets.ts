import { PAGE_WORDS } from './app/paths.ts';

/**
 * Folder of the built web UI, as a `file:` address that ends in a slash. Holds `index.html`, `favicon.svg` and
 * `assets/` with names that change with their content, so those can be cached for ever. It exists once the package is
 * built.
 */
export const webAssets: URL = new URL('../dist/site/', import.meta.url);

/**
 * Paths of pages: each is answered with `index.html`, which shows the page that the address names. Segments of what lies below
 * are encoded as addresses are.
 */
export const webPages: readonly RegExp[] = [
  new RegExp(`^/(?:${PAGE_WORDS.join('|')})(?:/[\\w.~%:@+!,=*'()-]{1,253}){0,12}$`),
];

/**
 * Value of the `Content-Security-Policy` header for every answer under {@link webAssets}: nothing but files and calls
 * of the page's own origin, no inline script, no framing. Inline style is allowed: terminals and overlays make style elements,
 * and no page puts foreign text into one.
 */
export const contentSecurityPolicy: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');
