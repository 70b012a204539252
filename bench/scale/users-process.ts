/**
 * Builds the snapshot of an organization with so many users in memory, as a server does at its start and after each change. Argument:
 * how many. Prints one line: JSON, {@link UsersResult}. Run with `--expose-gc`.
 */
import { aBinding, aCluster, aPrincipal, aRole } from '@sallyport/authz/testing';
import { createId, type PrincipalId } from '@sallyport/core';
import { buildSnapshot } from '../../packages/server/src/build-snapshot.ts';
import type { GroupRecord } from '../../packages/server/src/stores/index.ts';
import { completeRecords } from '../../packages/server/src/testing/records.ts';

/** CPU time of this process, in milliseconds; memory in KiB. */
export interface UsersResult {
  /** The whole snapshot, as at the start. */
  readonly wholeMs: number;
  /** The next one, after one user has changed. */
  readonly changeMs: number;
  /** What the records and all that is built from them take. */
  readonly rssKiB: number;
}

declare const gc: () => void;

const count = Number(process.argv[2]);
const MEMBERS_PER_GROUP = 20;
const ROUNDS = 5;
const AT = new Date();
const { organizationId } = aCluster();

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const median = (values: number[]): number => values.sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN;

function rssKiB(): number {
  for (let i = 0; i < 3; i += 1) gc();
  return process.memoryUsage.rss() / 1_024;
}

const before = rssKiB();
const principals = Array.from({ length: count }, (_, i) => ({
  ...aPrincipal(),
  id: createId('principal'),
  subjectClaim: `subject-${i}`,
  userName: `user-${i}@example.com`,
  displayName: `User ${i}`,
  email: `user-${i}@example.com`,
}));
const groups = Array.from(
  { length: Math.ceil(count / 10) },
  (_, i): GroupRecord => ({
    labels: {},
    resourceVersion: 1,
    createdAt: AT,
    updatedAt: AT,
    id: createId('group'),
    organizationId,
    name: `group-${i}`,
    memberIds: Array.from({ length: MEMBERS_PER_GROUP }, (_, k) => principals[(i * 7 + k) % count]?.id as PrincipalId),
  }),
);
const records = completeRecords({
  organizations: [{ id: organizationId, name: 'acme' }],
  principals,
  groups,
  clusters: [aCluster()],
  roles: [aRole()],
  bindings: [aBinding()],
});
const build = () => buildSnapshot({ version: 1, records, updates: {} }, AT);
let built = build();
const held = rssKiB() - before;
const whole: number[] = [];
const change: number[] = [];
for (let i = 0; i < ROUNDS; i += 1) {
  whole.push(
    cpuMs(() => {
      built = build();
    }),
  );
  const [person] = records.principals;
  if (person === undefined) throw new Error('there is nobody');
  const changed = { ...person, displayName: `Round ${i}`, resourceVersion: i + 2 };
  change.push(
    cpuMs(() => {
      built = buildSnapshot(
        { version: i + 2, records: {}, updates: { principals: new Map([[changed.id, changed]]) } },
        AT,
        built,
      );
    }),
  );
}
const result: UsersResult = { wholeMs: median(whole), changeMs: median(change), rssKiB: held };
process.stdout.write(`${JSON.stringify(result)}\n`);
