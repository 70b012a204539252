/** A whole run: people at work while things break, first with kills, then without, so that processes can be compared with themselves. */
import { setTimeout as after } from 'node:timers/promises';
import { parseAuditEvent } from '@sallyport/audit';
import { compare } from '../completeness/compare.ts';
import { logFaults, openRequests } from '../completeness/database.ts';
import { createRandom, type Random } from '../completeness/random.ts';
import { awaitCondition } from '../support/index.ts';
import { kubeconfigBehind, startCluster, type WorkedOnCluster } from './cluster.ts';
import { createSaboteur } from './faults.ts';
import { measure } from './holding.ts';
import { type Installation, ORGANIZATION, type Site, startInstallation } from './installation.ts';

import {
  type Answered,
  isClearlyLess,
  leaks,
  leastOf,
  type Measured,
  missingEvents,
  namespaceOf,
  undone,
  withoutBasis,
} from './invariants.ts';
import { send } from './kube-client.ts';
import { createWorker, type Worker } from './people.ts';
import { createViolations, type Figures, renderReport, type Violations } from './report.ts';
import { LOSS_KINDS, loseAccess } from './revocations.ts';
import { WORK_KINDS, work } from './work.ts';

/** Options of {@link soak}. */
export interface SoakOptions {
  readonly folder: string;
  readonly seed: number;
  readonly forMs: number;
  /** Where databases can be made; without it there is one server, with an embedded database. */
  readonly postgresUrl: string | undefined;
}

const OWNER = 'owner@acme.test';
const GUESTS = ['gus', 'gil'].map((name) => `${name}@acme.test`);
const GUEST_GROUP = 'guests';
const WORKERS = ['ada', 'bob', 'cyd', 'dot', 'eve', 'fay'].map((name) => `${name}@acme.test`);
/** Asks whether all is well. */
const WATCHMAN = 'wes@acme.test';

/** Shares of the time: with kills, without them until all code is warm, and between the two measurements. */
const SHARES = { kills: 0.3, warm: 0.25, measured: 0.45 } as const;
/** From here on a run has time for tunnels that are silent until both ends give them up. */
const LONG_RUN_MS = 300_000;
/** The longest that a piece of work may take. */
const WORK_MS = 75_000;
/**
 * Looks at what processes hold, a second apart: without anything less until they count as at rest, and in all. A server lets go of
 * an idle connection to its database after 10 s.
 */
const LOOKS_AT_REST = 12;
const MOST_LOOKS = 60;
/** A server that gets no time on a busy machine, and so no word of its database, decides nothing: as it should. */
const STALE = /ERR_PROXY_SNAPSHOT_STALE|ERR_API_STALE/;

/** Runs it. Rejects only when the run itself could not be made. */
export async function soak({
  folder,
  seed,
  forMs,
  postgresUrl,
}: SoakOptions): Promise<ReturnType<typeof renderReport>> {
  const violations = createViolations();
  const random = createRandom(seed);
  const people = [OWNER, WATCHMAN, ...WORKERS, ...GUESTS];
  const place = await startCluster(people, (sentence) => violations.add('asked', [sentence]));
  const installation = await startInstallation({
    folder,
    upstreamPort: Number(new URL(place.cluster.url).port),
    kubeconfig: kubeconfigBehind(place.cluster),
    people: Object.fromEntries(people.map((email) => [email, groupOf(email)])),
    postgresUrl,
    onEnded: (how) => violations.add('processes', [how]),
  }).catch(async (error: unknown) => {
    await place.cluster.close();
    throw error;
  });
  try {
    const figures = await run({ installation, place, violations, random, seed, forMs });
    return renderReport(
      seed,
      {
        run: `${forMs / 60_000} minutes, ${postgresUrl === undefined ? 'embedded database' : 'PostgreSQL'}`,
        ...figures,
      },
      violations,
    );
  } finally {
    await installation.close();
    await place.cluster.close();
  }
}

const groupOf = (email: string) => (email === OWNER ? 'admins' : GUESTS.includes(email) ? GUEST_GROUP : 'developers');

interface Run {
  readonly installation: Installation;
  readonly place: WorkedOnCluster;
  readonly violations: Violations;
  readonly random: Random;
  readonly seed: number;
  readonly forMs: number;
}

async function run({ installation, place, violations, random, seed, forMs }: Run): Promise<Figures> {
  const { sites, caPem } = installation;
  const worker = (email: string) => createWorker(installation, email);
  const [owner, watchman] = [worker(OWNER), worker(WATCHMAN)];
  const workers = WORKERS.map(worker);
  const guests = GUESTS.map(worker);
  await letGuestsAsk(await owner.api(sites[0]));
  const isWell = async (site: Site) => {
    const caller = { site, caPem, token: await watchman.token(site), signal: AbortSignal.timeout(10_000) };
    const path = `/api/v1/namespaces/${namespaceOf(WATCHMAN)}/configmaps/keep-0`;
    return (await send(caller, 'GET', path)).status === 200;
  };
  const saboteur = createSaboteur(sites, random, isWell);
  const done: Record<string, number> = {};
  const counts = { 'cut by a fault': 0, unexplained: 0 };
  const answered: Answered[] = [];
  const endTimes: number[] = [];

  /** Runs until `over` is aborted, and every piece of work that was begun is through. */
  async function somebody(who: Worker, own: Random, over: AbortSignal): Promise<void> {
    const nextKind = dealer(own, WORK_KINDS);
    while (!over.aborted) {
      const kind = nextKind();
      await attempt(kind, async () => {
        const site = await listening(own);
        const signal = AbortSignal.timeout(WORK_MS);
        await within(
          signal,
          work(kind, { worker: who, site, caPem, random: own, signal }, (what) => {
            violations.add('answered', what.violations);
            answered.push(...what.answered);
          }),
        );
      });
      await after(20 + own.below(200));
    }
  }

  async function comeAndGo(guest: Worker, own: Random, over: AbortSignal): Promise<void> {
    const nextKind = dealer(own, LOSS_KINDS);
    while (!over.aborted) {
      const kind = nextKind();
      await attempt(kind, async () => {
        const [site, at] = [await listening(own), await listening(own)];
        const signal = AbortSignal.timeout(2 * WORK_MS);
        const round = { installation, site, at, random: own, owner, guest, saboteur, signal };
        const { ended, violations: answers } = await within(signal, loseAccess(kind, round));
        violations.add('basis', [...ended.flatMap(withoutBasis), ...answers]);
        for (const { afterMs, wasDeaf } of ended) if (afterMs !== undefined && !wasDeaf) endTimes.push(afterMs);
      });
      await after(200 + own.below(1_000));
    }
  }

  /** Counts how something went; a failure while nothing is broken is a violation. */
  async function attempt(kind: string, what: () => Promise<void>): Promise<void> {
    const beganAt = performance.now();
    try {
      await what();
      done[kind] = (done[kind] ?? 0) + 1;
    } catch (error) {
      const sentence = `${kind}: ${describe(error)}`;
      const isExplained = saboteur.wasAboutSince(beganAt) || STALE.test(sentence);
      counts[isExplained ? 'cut by a fault' : 'unexplained'] += 1;
      if (!isExplained) violations.add('work', [sentence]);
    }
  }

  /** As behind a load balancer; with nothing to send them to, people wait. */
  const listening = (own: Random): Promise<Site> =>
    awaitCondition(
      () => {
        const [first, ...others] = sites.filter(saboteur.isListening);
        return first && own.pick([first, ...others]);
      },
      { what: 'a server listens', timeoutMs: 120_000 },
    );

  let phases = 0;
  async function phase(lastsMs: number, kills: boolean): Promise<void> {
    phases += 1;
    const over = AbortSignal.timeout(Math.round(lastsMs));
    const own = (index: number) => createRandom(seed + 1_000 * phases + index);
    const sabotage = async () => {
      while (!over.aborted) {
        await after(1_000 + random.below(4_000), undefined, { signal: over }).catch(() => undefined);
        if (over.aborted) return;
        const longOnes = forMs >= LONG_RUN_MS;
        await saboteur
          .strike({ kills, longOnes })
          .catch((error: unknown) => violations.add('recovery', [String(error)]));
      }
    };
    await Promise.all([
      ...workers.map((who, i) => somebody(who, own(i), over)),
      ...guests.map((guest, i) => comeAndGo(guest, own(100 + i), over)),
      sabotage(),
    ]);
  }

  await phase(SHARES.kills * forMs, true);
  await phase(SHARES.warm * forMs, false);
  const before = await measureAll(sites);
  await phase(SHARES.measured * forMs, false);
  const nowOpen = await awaitCondition(() => place.openCount() === 0, {
    what: 'the cluster has nothing open',
    timeoutMs: 60_000,
  }).then(
    () => 0,
    () => place.openCount(),
  );
  if (nowOpen > 0) violations.add('open', [`${nowOpen} requests are open at the cluster although nobody works`]);
  const held = await measureAll(sites);
  for (const [name, each] of before) {
    const now = held.get(name);
    if (now !== undefined) violations.add('held', leaks(name, each, now));
  }
  violations.add('work', undone([...WORK_KINDS, ...LOSS_KINDS], done));
  await installation.stop().catch((error: unknown) => violations.add('processes', [String(error)]));
  const audited = await checkAudit(installation, place, answered, violations);
  endTimes.sort((x, y) => x - y);
  const atShare = (share: number) => Math.round(endTimes[Math.ceil(share * endTimes.length) - 1] ?? Number.NaN);
  return {
    'went well': done,
    'did not': counts,
    faults: saboteur.counts,
    'streams ended with their basis': {
      count: endTimes.length,
      'p50 ms': atShare(0.5),
      'p99 ms': atShare(0.99),
    },
    audit: audited,
    ...Object.fromEntries(
      [...before].map(([name, each]) => [`${name} before → after`, growth(each, held.get(name) ?? each)]),
    ),
  };
}

/** Deals in random order, and each once before any comes again. */
function dealer<Item>(random: Random, items: readonly [Item, ...Item[]]): () => Item {
  let deck: Item[] = [];
  return () => {
    if (deck.length === 0) deck = [...items];
    const [item = items[0]] = deck.splice(random.below(deck.length), 1);
    return item;
  };
}

function describe(error: unknown): string {
  const { problem, cause } = error as { readonly problem?: { readonly code: string }; readonly cause?: unknown };
  return `${String(error)} ${problem?.code ?? ''}${cause === undefined ? '' : ` (${String(cause)})`}`;
}

/** Without it nobody could ask for anything. */
async function letGuestsAsk(api: Awaited<ReturnType<Worker['api']>>): Promise<void> {
  await api.createRequestPolicy({
    organization: ORGANIZATION,
    body: {
      apiVersion: 'sallyport.dev/v1',
      kind: 'RequestPolicy',
      metadata: { name: 'guests' },
      spec: {
        requesters: [{ kind: 'Group', name: GUEST_GROUP, identityProvider: 'development' }],
        roles: ['developer'],
        scope: { kind: 'organization' },
        maxDuration: '30m',
        steps: [{ reviewers: 'permitted' }],
      },
    },
  });
}

async function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it did not come to an end')), { once: true });
    promise.then(resolve, reject);
  });
}

/**
 * What every process holds at rest: of many looks the least, since something is always under way. Looks until nothing has become
 * less for a while: callers and servers keep connections for the next request.
 */
async function measureAll(sites: readonly Site[]): Promise<ReadonlyMap<string, Measured>> {
  const programs = sites.flatMap(({ server, agent }) => [server, agent]);
  const least = new Map<string, Measured>();
  for (let looks = 0, sinceLess = 0; looks < MOST_LOOKS && sinceLess < LOOKS_AT_REST; looks += 1) {
    let isLess = false;
    for (const { name, program } of programs) {
      const now = await measure(program);
      const known = least.get(name);
      isLess ||= known === undefined || isClearlyLess(now, known);
      least.set(name, known === undefined ? now : leastOf(known, now));
    }
    sinceLess = isLess ? 0 : sinceLess + 1;
    await after(1_000);
  }
  return least;
}

function growth(before: Measured, now: Measured): Record<string, string> {
  const mib = (bytes: number) => (bytes / 1_024 / 1_024).toFixed(1);
  return {
    'heap MiB': `${mib(before.heapBytes)} → ${mib(now.heapBytes)}`,
    descriptors: `${before.descriptors} → ${now.descriptors}`,
    timers: `${before.timers} → ${now.timers}`,
    handles: `${before.handles} → ${now.handles}`,
  };
}

/** The logs of both sides held against each other, once all servers have ended. */
async function checkAudit(
  installation: Installation,
  place: WorkedOnCluster,
  answered: readonly Answered[],
  violations: Violations,
): Promise<Record<string, number>> {
  const database = await installation.openDatabase();
  try {
    violations.add(
      'open',
      (await openRequests(database)).map((request) => `open after an orderly end: ${request}`),
    );
    violations.add('log', await logFaults(database));
    const rows = await database.db
      .selectFrom('audit_events')
      .select('event')
      .where('code', 'like', 'proxy.%')
      .execute();
    const events = rows.map(({ event }) => parseAuditEvent(event));
    const { faults, ...result } = compare(place.seen, events);
    const idsOf = (isWanted: (code: string) => boolean) =>
      new Set(
        events.flatMap(({ code, request }) => (isWanted(code) && request !== undefined ? [request.id as string] : [])),
      );
    const missing = missingEvents(answered, {
      started: idsOf((code) => code === 'proxy.request.started'),
      ended: idsOf((code) => code !== 'proxy.request.started'),
    });
    violations.add('audit', [...faults, ...missing]);
    return { answered: answered.length, ...result };
  } finally {
    await database.close();
  }
}
