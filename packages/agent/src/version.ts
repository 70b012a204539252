import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('@sallyport/agent/package.json') as { readonly version: string };

/** Version of this package, as enrolment and HELLO state it. */
export const AGENT_VERSION: string = manifest.version;
