import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('@sallyport/server/package.json') as { readonly version: string };

/** Version of this package, as the discovery document and agents are told it. */
export const SERVER_VERSION: string = manifest.version;
