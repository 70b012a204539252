/**
 * What several processes of one server add on one machine (`workers`). They and the one that they are held against share a
 * PostgreSQL, and with agents, load and upstream the machine.
 */
import { awaitCondition } from '../tests/support/index.ts';
import type { Comparison } from './comparison.ts';
import type { Configuration, Ground } from './configurations.ts';
import { load } from './load.ts';
import { NAME, type Replica, startReplicas } from './replicas.ts';

const AT_ONCE = 16;
const WORKERS = 2;

/** Small reads at sixteen at once, at a server that is one process, and at one that is two. */
export const severalWorkers = (postgresUrl: string): Comparison => ({
  id: 'cores',
  title: `GET 2 KB, h1, c${AT_ONCE}, on one machine`,
  unit: 'req/s',
  figure: `${WORKERS} workers`,
  baseline: 'one process',
  async open(ground: Ground, { seconds, warmSeconds }) {
    const { replicas, members, memberIds, developers, provisioning, caPem, close } = await startReplicas(
      ground,
      postgresUrl,
      1,
      WORKERS,
    );
    await provisioning.patch(`/Groups/${developers}`, {
      op: 'add',
      path: 'members',
      value: memberIds.map((value) => ({ value })),
    });
    const at = ({ name, port }: Replica): Configuration => ({
      name,
      baseUrl: `https://127.0.0.1:${port}/k/${NAME}/${NAME}`,
      caPem,
      token: () =>
        awaitCondition(
          async () => (await members[0]?.api.mintKubeCredential({ organization: NAME, name: NAME }))?.token,
          { what: 'the developer has access', everyMs: 10 },
        ),
      pids: [],
      close: async () => {},
    });
    const [one, several] = [at(replicas[0]), at(replicas[1])];
    const rate = async (configuration: Configuration, during: number) =>
      (await load(configuration, { kind: 'small', protocol: 'h1', concurrency: AT_ONCE, seconds: during })).perSecond;
    for (const configuration of [one, several]) await rate(configuration, warmSeconds);
    return {
      async round() {
        return { 'one process': await rate(one, seconds), [`${WORKERS} workers`]: await rate(several, seconds) };
      },
      close,
    };
  },
});
