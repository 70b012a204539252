/**
 * What a second server on the same machine adds: a server is one process, and uses more cores by having more of them. Both share a
 * PostgreSQL, and with agents, load and upstream the machine.
 */
import { awaitCondition } from '../tests/support/index.ts';
import type { Comparison } from './comparison.ts';
import type { Configuration, Ground } from './configurations.ts';
import { load } from './load.ts';
import { NAME, type Replica, startReplicas } from './replicas.ts';

const AT_ONCE = 16;

/** Small reads at sixteen at once, all at one server, or half of them at each of two. */
export const secondServer = (postgresUrl: string): Comparison => ({
  id: 'cores',
  title: `GET 2 KB, h1, c${AT_ONCE}, on one machine`,
  unit: 'req/s',
  figure: 'two servers',
  baseline: 'one server',
  async open(ground: Ground, { seconds, warmSeconds }) {
    const { replicas, members, memberIds, developers, provisioning, caPem, close } = await startReplicas(
      ground,
      postgresUrl,
      1,
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
    const [a, b] = [at(replicas[0]), at(replicas[1])];
    const rate = async (configuration: Configuration, concurrency: number, during: number) =>
      (await load(configuration, { kind: 'small', protocol: 'h1', concurrency, seconds: during })).perSecond;
    for (const configuration of [a, b]) await rate(configuration, AT_ONCE, warmSeconds);
    return {
      async round() {
        const one = await rate(a, AT_ONCE, seconds);
        const both = await Promise.all([a, b].map((each) => rate(each, AT_ONCE / 2, seconds)));
        return { 'one server': one, 'two servers': both.reduce((sum, each) => sum + each, 0) };
      },
      close,
    };
  },
});
