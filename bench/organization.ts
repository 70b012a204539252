/** What the REST API and a login cost in a large organization, against the same in a small one. On PostgreSQL. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createPostgresDatabase } from '../packages/server/src/stores/testing.ts';
import { fetchTrusting, logIn, type Person } from '../tests/stack/login.ts';
import type { Comparison } from './comparison.ts';
import type { OrganizationOptions, OrganizationSize } from './organization-process.ts';
import { driver, startProcess } from './processes.ts';

const LARGE: OrganizationSize = { users: 10_000, groups: 1_000, roles: 500, bindings: 5_000, clusters: 200 };
const SMALL: OrganizationSize = { users: 100, groups: 10, roles: 5, bindings: 50, clusters: 2 };
/** Name of the organization. */
export const ORGANIZATION = 'bench';

/** An organization that is served. */
export interface Installation {
  readonly person: Person;
  signIn(): Promise<Person>;
  close(): Promise<void>;
}

/** One thing that is asked over and over; its 95th percentile is the figure. */
export interface Asked {
  readonly id: string;
  readonly title: string;
  /** How often it is asked in a round. */
  readonly count: number;
  ask(installation: Installation, i: number): Promise<unknown>;
}

const ASKED: readonly Asked[] = [
  {
    id: 'organization-list',
    title: 'page of 100 users, p95',
    count: 60,
    ask: ({ person }) => person.api.listUsers({ organization: ORGANIZATION }),
  },
  {
    id: 'organization-search',
    title: 'search among users, p95',
    count: 60,
    ask: ({ person }, i) => person.api.listUsers({ organization: ORGANIZATION, search: `user-000${10 + (i % 90)}` }),
  },
  { id: 'organization-login', title: 'whole login, p95', count: 15, ask: ({ signIn }) => signIn() },
];

/** Lists, searches and logins: 10,000 users, 1,000 groups, 500 roles, 5,000 bindings and 200 clusters against 100 users. */
export const organizationComparisons: readonly Comparison[] = ASKED.map((asked) =>
  compareSizes(asked, { name: '100 users', size: SMALL }, { name: '10,000 users', size: LARGE }),
);

/** An organization with a name for the table. */
export interface NamedSize {
  readonly name: string;
  readonly size: OrganizationSize;
}

/** Compares what is asked in a large organization with the same in a small one. */
export function compareSizes({ id, title, count, ask }: Asked, little: NamedSize, much: NamedSize): Comparison {
  return {
    id,
    title: `${title}, ${much.name} against ${little.name}`,
    unit: 'ms',
    figure: much.name,
    baseline: little.name,
    async open({ folder }) {
      const serverUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'];
      if (serverUrl === undefined) throw new Error('set SALLYPORT_TEST_POSTGRES_URL to a PostgreSQL 15 or later');
      const small = await install(join(folder, 'small'), serverUrl, little.size);
      const large = await install(join(folder, 'large'), serverUrl, much.size);
      const p95 = async (installation: Installation) => {
        const times: number[] = [];
        for (let i = 0; i < count; i += 1) {
          const began = performance.now();
          await ask(installation, i);
          times.push(performance.now() - began);
        }
        times.sort((a, b) => a - b);
        return times[Math.ceil(0.95 * times.length) - 1] ?? Number.NaN;
      };
      for (const installation of [small, large]) await p95(installation);
      return {
        round: async () => ({ [little.name]: await p95(small), [much.name]: await p95(large) }),
        async close() {
          await small.close();
          await large.close();
        },
      };
    },
  };
}

async function install(stateDir: string, serverUrl: string, size: OrganizationSize): Promise<Installation> {
  mkdirSync(stateDir, { recursive: true });
  const database = await createPostgresDatabase(serverUrl);
  const options: OrganizationOptions = { stateDir, databaseUrl: database.url, size };
  const server = startProcess(process.execPath, [driver('organization-process'), JSON.stringify(options)]);
  const close = async () => {
    await server.stop();
    await database.drop();
  };
  try {
    const { url, caPem, password } = JSON.parse(await server.ready) as Record<'url' | 'caPem' | 'password', string>;
    const doFetch = fetchTrusting(caPem);
    const signIn = () => logIn(url, caPem, 'owner@bench.test', password, { fetch: doFetch });
    return { person: await signIn(), signIn, close };
  } catch (error) {
    await close();
    throw error;
  }
}
