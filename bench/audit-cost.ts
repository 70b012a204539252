/** Time per small read with audit, as `createServer` sets it up, against the very same with a sink that writes nowhere. */

import { join } from 'node:path';
import type { Comparison } from './comparison.ts';
import type { Configuration } from './configurations.ts';
import { load } from './load.ts';
import { atRest } from './processes.ts';
import { startUnaudited } from './unaudited.ts';

/** Reads at sixteen at once, audit on against off. */
export const auditCost: Comparison = {
  id: 'audit-reads',
  title: 'GET 2 KB, h1, c16, time per request',
  unit: 'ms',
  figure: 'audit on',
  baseline: 'audit off',
  async open(ground, { seconds, warmSeconds }) {
    const on = await startUnaudited(ground, { auditIn: join(ground.folder, 'audited') });
    const off = await startUnaudited(ground);
    const msPerRequest = async (configuration: Configuration, during: number) => {
      const options = { kind: 'small', protocol: 'h1', concurrency: 16, seconds: during } as const;
      const { perSecond } = await load(configuration, options);
      await atRest(configuration.pids);
      return 1_000 / perSecond;
    };
    for (const configuration of [on, off]) await msPerRequest(configuration, warmSeconds);
    return {
      round: async () => ({
        'audit on': await msPerRequest(on, seconds),
        'audit off': await msPerRequest(off, seconds),
      }),
      async close() {
        await on.close();
        await off.close();
      },
    };
  },
};
