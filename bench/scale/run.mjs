// `npm run scale`: how what we hold grows with how much there is of it: tunnels, busy clusters, terminals, watches, users. Each is
// measured at n, 2n and 4n, and what grows faster than linear is marked. `--quick` is a smoke run with small n, `--share 0.5` one with
// half of everything; `--only tunnels,watches` runs some; `--write` puts tables and plots into docs/scale.md. Servers and agents run
// from the sources. Uses PostgreSQL where SALLYPORT_TEST_POSTGRES_URL names one, else the embedded database.
import { join } from 'node:path';
import { become, bundlePrograms } from '../../tests/support/bundle.mjs';

const folder = await bundlePrograms('scale', {
  main: 'bench/scale/main.ts',
  probe: 'tests/soak/probe.ts',
  server: 'packages/server/src/main.ts',
  agent: 'packages/agent/src/main.ts',
  tunnels: 'bench/scale/tunnels-process.ts',
  cluster: 'bench/scale/cluster-process.ts',
  users: 'bench/scale/users-process.ts',
});
// A descriptor per tunnel and per terminal, on either side.
become(join(folder, 'main.mjs'), [], { descriptors: 65_536 });
