// `npm run completeness -- --minutes 30`: mixed kubectl load on a real cluster through servers and agents that are killed at
// random; then the cluster's own audit log is held against ours. `--seed` repeats a sequence of kills and commands. Needs what
// the whole-stack tests need: a cluster with its audit log, kubectl, an image, PostgreSQL.
import { join } from 'node:path';
import { become, bundlePrograms } from '../support/bundle.mjs';

const folder = await bundlePrograms('completeness', {
  main: 'tests/completeness/main.ts',
  server: 'packages/server/src/main.ts',
  agent: 'packages/agent/src/main.ts',
});
become(join(folder, 'main.mjs'));
