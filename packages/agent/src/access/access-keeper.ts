import { type Clock, isCodedError, type Logger, type Timer, type UpstreamAccess } from '@sallyport/core';
import {
  describeUpstreamAccessProblem,
  hashUpstreamAccess,
  parseUpstreamAccess,
} from '@sallyport/core/upstream-access';
import { AgentError } from '../errors.ts';
import type { AccessAccounts } from './access-accounts.ts';
import type { AccessClient, StepOutcome } from './access-client.ts';
import {
  type AccessOwner,
  type BindingObject,
  desiredBindings,
  isGeneratedName,
  isKept,
  nextExpiry,
  survivorOf,
} from './access-objects.ts';
import type { AccessRoles } from './access-roles.ts';
import type { EffectProbe } from './effect-probe.ts';
import { type AccessPlan, type AccessStep, placeOf, planAccess } from './plan-access.ts';

/** Options of {@link createAccessKeeper}. */
export interface AccessKeeperOptions {
  readonly client: AccessClient;
  readonly probe: EffectProbe;
  readonly owner: AccessOwner;
  /** ClusterRoles that may be bound. Empty: nothing is kept, and what another mode left is removed. */
  readonly clusterRoles: readonly string[];
  /** Further ones whose bindings may have been left by another mode or ceiling. */
  readonly formerClusterRoles: readonly string[];
  /** People's own ServiceAccounts, in the mode that has them. */
  readonly accounts?: AccessAccounts;
  /** ClusterRoles that the agent generates, where that is opted into. */
  readonly roles?: AccessRoles;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time from one look at the cluster to the next: as long may a foreign change stand. Default 15,000. */
  readonly intervalMs?: number;
}

/** What the server says is to be kept. */
export interface StatedAccess {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** What came of a {@link StatedAccess}. */
export interface AccessOutcome {
  readonly hash: string;
  /** Why the cluster is not as it should be; empty when it is. */
  readonly failure: string;
}

/** Keeps the bindings of people in a cluster. */
export interface AccessKeeper {
  /** Takes what is to be kept from now on. What came of it is told by {@link AccessKeeper.follow}. Never throws. */
  take(stated: StatedAccess): void;
  /** Calls `listener` with what came of the last that was taken, at once if that is known, and whenever it changes. */
  follow(listener: (outcome: AccessOutcome) => void): () => void;
  /** Removes everything that is kept, and keeps nothing any more. @throws AgentError `ERR_AGENT_ACCESS` */
  removeAll(): Promise<void>;
  /** Ends the keeping, and leaves what is there. Idempotent. */
  close(): Promise<void>;
}

/** How long something newer that another replica made is left to it. */
const NEWER_GRACE_MS = 30_000;
/** How often a round begins again because somebody else was writing, too. */
const MAX_ATTEMPTS = 5;
/** Requests to kube-apiserver at once. */
const MAX_PARALLEL = 8;
/** What is told of a failure. */
const MAX_FAILURE_CHARACTERS = 300;

interface Taken extends AccessOutcome {
  readonly version: number;
  readonly access: UpstreamAccess;
}

/**
 * Starts to keep access. It looks at the cluster at once and then every interval: what differs is mended, who was bound for as
 * long as was said is taken out, whether or not anybody is there to say so. Until a server has said what is to be kept, what is
 * there stays until its time is over.
 */
export function createAccessKeeper(options: AccessKeeperOptions): AccessKeeper {
  const { client, probe, owner, clusterRoles, formerClusterRoles, accounts, roles, clock, logger } = options;
  const { intervalMs = 15_000 } = options;
  const listeners = new Set<(outcome: AccessOutcome) => void>();
  let taken: Taken | undefined;
  let outcome: AccessOutcome | undefined;
  let timer: Timer | undefined;
  let hasSweptFormer = false;
  let newerSince: number | undefined;
  let isClosed = false;
  let running: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;

  /** One round at a time; who asks while one is under way gets the next one, and shares it. */
  function kick(): Promise<void> {
    if (queued !== undefined) return queued;
    running = queued = running.then(async () => {
      queued = undefined;
      timer?.cancel();
      if (!isClosed) await round();
    });
    return queued;
  }

  async function round(): Promise<void> {
    const target = taken;
    let next: number | undefined;
    let failure = '';
    try {
      next = nextExpiry(await bringAbout(target));
    } catch (error) {
      failure = isCodedError(error) ? error.message : 'the request failed';
      logger.warn({ err: error }, 'what is kept bound in the cluster could not be brought about');
    }
    if (target !== undefined && target === taken) tell({ hash: target.hash, failure });
    if (isClosed) return;
    const untilExpiry = next === undefined ? intervalMs : Math.max(0, next - clock.now());
    timer = clock.setTimeout(() => void kick(), Math.min(intervalMs, untilExpiry));
  }

  /** Makes the cluster as it is to be, and yields the objects that are there then. */
  async function bringAbout(target: Taken | undefined): Promise<readonly BindingObject[]> {
    for (let attempt = 1; ; attempt++) {
      const at = new Date(clock.now());
      const found = await client.find(hasSweptFormer ? clusterRoles : formerClusterRoles);
      const wanted =
        target === undefined
          ? found.filter((object) => isKept(object, owner.name)).flatMap((object) => survivorOf(object, at) ?? [])
          : desiredBindings(target.access, target.version, owner, at);
      const provided = target && (await roles?.provide(target.access, wanted));
      // Nobody is bound to a generated ClusterRole that is not as it should be.
      const desired = wanted.filter(
        ({ roleRef }) =>
          provided === undefined || !isGeneratedName(owner.name, roleRef.name) || provided.ready.has(roleRef.name),
      );
      const plan = planAccess({
        desired,
        found,
        ownerName: owner.name,
        ...(target !== undefined && { version: target.version }),
      });
      const steps = [...plan.steps, ...overdue(plan, desired)];
      await accounts?.provide(target === undefined ? [] : usersOf(target.access, at));
      if (await carryOut(steps)) {
        hasSweptFormer = true;
        await accounts?.sweep(desired);
        // What another replica made from something newer still needs its ClusterRoles.
        await roles?.sweep([...desired, ...plan.newer]);
        if (provided?.failure !== undefined) throw provided.failure;
        assertSettled(plan, steps);
        return desired;
      }
      if (attempt === MAX_ATTEMPTS) throw failed(`others were writing the same objects ${MAX_ATTEMPTS} times`);
    }
  }

  /** What somebody made from something newer, and that has stood for so long that nothing newer can be on its way to us. */
  function overdue({ newer }: AccessPlan, desired: readonly BindingObject[]): readonly AccessStep[] {
    if (newer.length === 0) {
      newerSince = undefined;
      return [];
    }
    newerSince ??= clock.monotonicMs();
    if (clock.monotonicMs() - newerSince < NEWER_GRACE_MS) return [];
    return planAccess({ desired, found: newer, ownerName: owner.name }).steps.filter(
      // What is not among the newer ones was planned already.
      (step) => step.kind !== 'create' || newer.some((object) => placeOf(object) === placeOf(step.object)),
    );
  }

  /** Whether all is done; not, when somebody else was there meanwhile. */
  async function carryOut(steps: readonly AccessStep[]): Promise<boolean> {
    const inForce: BindingObject[] = [];
    const failures: unknown[] = [];
    let hasConflict = false;
    // What fails for one binding is no reason to leave the others as they are.
    const anyway = (work: Promise<void>) => work.catch((error: unknown) => void failures.push(error));
    const work = async (step: AccessStep): Promise<void> => {
      const result: StepOutcome = await client.carryOut(step);
      if (result === 'conflict') hasConflict = true;
      if (result !== 'done') return;
      const object = step.kind === 'remove' ? step.found : step.object;
      logger.info({ object: placeOf(object), step: step.kind }, 'access in the cluster was brought about');
      if (step.kind !== 'remove') inForce.push(step.object);
    };
    // Removals first: one of them may make room for what is created.
    await inParallel(
      steps.filter(({ kind }) => kind === 'remove'),
      (step) => anyway(work(step)),
    );
    await inParallel(
      steps.filter(({ kind }) => kind !== 'remove'),
      (step) => anyway(work(step)),
    );
    await inParallel(inForce, (object) => anyway(probe.untilInForce(object)));
    if (failures.length > 0) throw failures[0];
    return !hasConflict;
  }

  function assertSettled({ foreign, newer }: AccessPlan, done: readonly AccessStep[]): void {
    const [stranger] = foreign;
    if (stranger !== undefined) {
      throw failed(`${placeOf(stranger)} is in the way: it has the name and not the labels of what the agent keeps`);
    }
    const waiting = newer.find(
      (object) => !done.some((step) => step.kind !== 'create' && placeOf(step.found) === placeOf(object)),
    );
    if (waiting !== undefined) throw failed(`${placeOf(waiting)} was made from something newer, which is waited for`);
  }

  function tell(next: AccessOutcome): void {
    if (outcome?.hash === next.hash && outcome.failure === next.failure) return;
    outcome = { hash: next.hash, failure: next.failure.slice(0, MAX_FAILURE_CHARACTERS) };
    for (const listener of listeners) listener(outcome);
  }

  void kick();
  return {
    take({ version, bytes }) {
      const hash = hashUpstreamAccess(bytes);
      if (taken?.hash === hash) {
        // Nothing is to be done, but who asked waits for an answer.
        if (outcome?.hash === hash) for (const listener of listeners) listener(outcome);
        return;
      }
      try {
        const access = parseUpstreamAccess(bytes);
        const at = new Date(clock.now());
        const problem = describeUpstreamAccessProblem(access, {
          clusterRoles,
          generatedRules: roles !== undefined,
          at,
          byteCount: bytes.length,
        });
        if (problem !== undefined) throw refused(problem);
        taken = { version, access, hash, failure: '' };
        void kick();
      } catch (error) {
        const failure = isCodedError(error) ? error.message : 'it can not be read';
        logger.error({ err: error, version }, 'what the server says is to be kept bound is refused');
        for (const listener of listeners) listener({ hash, failure });
      }
    },
    follow(listener) {
      listeners.add(listener);
      if (outcome !== undefined) listener(outcome);
      return () => void listeners.delete(listener);
    },
    async removeAll() {
      isClosed = true;
      timer?.cancel();
      await running;
      for (const object of await client.find(formerClusterRoles)) {
        if (isKept(object, owner.name)) await client.carryOut({ kind: 'remove', found: object });
      }
      await accounts?.sweep([]);
      await roles?.sweep([]);
    },
    async close() {
      isClosed = true;
      timer?.cancel();
      listeners.clear();
      await running;
    },
  };
}

function usersOf({ bindings }: UpstreamAccess, at: Date): readonly string[] {
  const live = bindings.flatMap(({ subjects }) => subjects.filter(({ expiresAt }) => expiresAt * 1_000 > at.getTime()));
  return [...new Set(live.map(({ user }) => user))];
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(MAX_PARALLEL, items.length) }, worker));
}

function failed(message: string): AgentError {
  return new AgentError({ code: 'ERR_AGENT_ACCESS', message });
}

function refused(problem: string): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_ACCESS_REFUSED',
    message: `what the server says is to be kept bound is refused: ${problem}`,
  });
}
