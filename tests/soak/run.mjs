// `npm run soak -- --minutes 60`: people at work on a made-up cluster, by servers and agents that are programs of their own, while
// all that can break between them is broken; what must hold is checked throughout and at the end. `--seed` repeats a sequence of
// work and faults. Two servers on PostgreSQL where SALLYPORT_TEST_POSTGRES_URL names one; without it, and with `--embedded`, one
// server with its embedded database. Exits with 1 when an invariant did not hold.
import { join } from 'node:path';
import { become, bundlePrograms } from '../support/bundle.mjs';

const folder = await bundlePrograms('soak', {
  main: 'tests/soak/main.ts',
  probe: 'tests/soak/probe.ts',
  server: 'packages/server/src/main.ts',
  agent: 'packages/agent/src/main.ts',
});
// The logs of both sides are compared at once, and an hour has some millions of events.
become(join(folder, 'main.mjs'), ['--max-old-space-size=6144']);
