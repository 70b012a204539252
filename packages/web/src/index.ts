/**
 * The web UI as files: where they are, and the content security policy that they are made for.
 *
 * A server that wants the UI serves {@link webAssets} at `/` with {@link contentSecurityPolicy}; the paths of
 * {@link webPages} get `index.html`. The page itself talks to the server through its REST contract only. This
 * module runs in Node and loads nothing of the page.
 *
 * @packageDocumentation
 */
export { contentSecurityPolicy, webAssets, webPages } from './assets.ts';
