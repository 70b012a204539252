/** What goes wrong: one thing at a time, chosen by the seed, and for each the time until all is well again. */
import { setTimeout as after } from 'node:timers/promises';
import type { Random } from '../completeness/random.ts';
import { awaitCondition } from '../support/index.ts';
import type { Site } from './installation.ts';

/** A kind of fault. */
export type FaultKind = keyof typeof FAULTS;

interface Fault {
  /** Whether a process is another one afterwards, so that what it holds says nothing. */
  readonly kills: boolean;
  /** Whether a server hears of no changes meanwhile. */
  readonly deafens?: true;
  /** Whether a site can have it. */
  readonly fits?: (site: Site) => boolean;
  inflict(site: Site, random: Random): Promise<void>;
}

/** Long enough for both ends of a tunnel to give it up: two pings without an answer, 15 s apart, and what is left of one. */
const BLACK_HOLE_MS = 50_000;
const RECOVERY_MS = 90_000;

const FAULTS = {
  'agent killed': { kills: true, inflict: ({ agent }) => agent.restart() },
  'server killed': {
    kills: true,
    deafens: true,
    inflict: ({ server, agent }) => reconnected(agent, () => server.restart()),
  },
  'tunnel cut': {
    kills: false,
    inflict: ({ tunnel, agent }) => reconnected(agent, async () => tunnel.resetAll()),
  },
  'tunnel stalled': { kills: false, inflict: ({ tunnel }, random) => stall(tunnel, 1_000 + random.below(5_000)) },
  'tunnel black-holed': {
    kills: false,
    // What was held is of no use by then: the connections are the ones that were given up.
    inflict: ({ tunnel, agent }) => reconnected(agent, () => stall(tunnel, BLACK_HOLE_MS)),
  },
  'cluster cut': { kills: false, inflict: async ({ upstream }) => upstream.resetAll() },
  'cluster stalled': { kills: false, inflict: ({ upstream }, random) => stall(upstream, 500 + random.below(3_000)) },
  'database cut': {
    kills: false,
    deafens: true,
    fits: ({ database }) => database !== undefined,
    inflict: async ({ database }) => database?.resetAll(),
  },
  'database stalled': {
    kills: false,
    deafens: true,
    fits: ({ database }) => database !== undefined,
    inflict: async ({ database }, random) => database && stall(database, 500 + random.below(4_000)),
  },
} as const satisfies Readonly<Record<string, Fault>>;

const KINDS = Object.keys(FAULTS) as FaultKind[];

/** Those who break things, and when they did. */
export interface Saboteur {
  /**
   * Breaks one thing, and resolves once the cluster answers by each server again. Rejects when that takes too long. With `kills`
   * every other thing is the end of a process.
   */
  strike(allowed: { readonly kills: boolean; readonly longOnes: boolean }): Promise<void>;
  /** Whether anything was broken, or had only just been mended, at some time since `sinceMs` of `performance.now()`. */
  wasAboutSince(sinceMs: number): boolean;
  /** The same of what keeps a server from hearing of changes. */
  wasDeafSince(sinceMs: number): boolean;
  /** Whether a server listens: a load balancer sends nobody to one that does not. */
  isListening(site: Site): boolean;
  /** How often each kind was inflicted. */
  readonly counts: Readonly<Partial<Record<FaultKind, number>>>;
}

/** What was cut may be noticed this much later: a connection that was at rest, a health check that is due, in milliseconds. */
const AFTERMATH_MS = 3_000;

/** Makes one. `isWell` tells whether the cluster answers by a server. */
export function createSaboteur(
  sites: readonly [Site, ...Site[]],
  random: Random,
  isWell: (site: Site) => Promise<boolean>,
): Saboteur {
  const counts: Partial<Record<FaultKind, number>> = {};
  const away = new Set<Site>();
  /** Kinds that are still to come before any of them comes again. */
  const decks = { kills: [] as FaultKind[], others: [] as FaultKind[] };
  let strikes = 0;
  const [anything, deafness] = [createSpell(), createSpell()];
  return {
    counts,
    async strike({ kills, longOnes }) {
      const site = random.pick(sites);
      strikes += 1;
      const isKill = kills && strikes % 2 === 1;
      const deck = isKill ? decks.kills : decks.others;
      if (deck.length === 0) deck.push(...KINDS.filter((kind) => isDealt(kind, { site, isKill, longOnes })));
      const [kind = 'tunnel cut'] = deck.splice(random.below(deck.length), 1);
      counts[kind] = (counts[kind] ?? 0) + 1;
      const fault: Fault = FAULTS[kind];
      const spells = fault.deafens ? [anything, deafness] : [anything];
      for (const spell of spells) spell.begin();
      if (kind === 'server killed') away.add(site);
      try {
        await FAULTS[kind].inflict(site, random);
        away.delete(site);
        for (const each of sites) {
          const what = `the cluster answers by ${each.name} after: ${kind} at ${site.name}`;
          await awaitCondition(() => isWell(each), { what, timeoutMs: RECOVERY_MS, everyMs: 100 });
        }
      } finally {
        away.delete(site);
        for (const spell of spells) spell.end();
      }
    },
    wasAboutSince: anything.wasSince,
    wasDeafSince: deafness.wasSince,
    isListening: (site) => !away.has(site),
  };
}

/** Time in which something was broken, and what follows it. */
function createSpell() {
  let underWay = 0;
  let mendedAt = Number.NEGATIVE_INFINITY;
  return {
    begin() {
      underWay += 1;
    },
    end() {
      underWay -= 1;
      mendedAt = performance.now();
    },
    wasSince: (sinceMs: number) => underWay > 0 || mendedAt + AFTERMATH_MS >= sinceMs,
  };
}

function isDealt(
  kind: FaultKind,
  { site, isKill, longOnes }: { site: Site; isKill: boolean; longOnes: boolean },
): boolean {
  const { kills, fits = () => true }: Fault = FAULTS[kind];
  return kills === isKill && (longOnes || kind !== 'tunnel black-holed') && fits(site);
}

/** Does something that costs an agent its tunnel, and waits for the next one. */
async function reconnected(agent: Site['agent'], breaks: () => Promise<void>): Promise<void> {
  const before = agent.timesReady();
  await breaks();
  await awaitCondition(() => agent.timesReady() > before, {
    what: `${agent.name} is connected again`,
    timeoutMs: RECOVERY_MS,
  });
}

async function stall(relay: Site['tunnel'], forMs: number): Promise<void> {
  relay.stall();
  try {
    await after(forMs);
  } finally {
    relay.resume();
  }
}
