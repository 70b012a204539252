/** What must hold however much goes wrong: each a function of what was seen, whose every sentence is a violation. */

/** Whom an upstream request was made as, and what for. */
export interface SeenUpstream {
  /** `undefined` where nobody was impersonated. */
  readonly user: string | undefined;
  readonly target: string;
}

/** Namespace that belongs to one person: what they ask for lies there, and all that lies there bears its name. */
export const namespaceOf = (person: string): string => `of-${person.split('@')[0]}`;

const NAMESPACES = /\bof-[a-z]+\b/g;

/** Each request in somebody's namespace is made as that person. */
export function wrongIdentity({ user, target }: SeenUpstream): readonly string[] {
  const [namespace] = /(?<=\/namespaces\/)of-[a-z]+(?=[/?]|$)/.exec(target) ?? [];
  if (namespace === undefined || (user !== undefined && namespaceOf(user) === namespace)) return [];
  return [`${target} was asked for as ${user ?? 'nobody'}`];
}

/** An answer bears what was asked for (a name that nobody else asked for, or asks for again), and nothing of anybody else's. */
export function wrongAnswer(asked: {
  readonly person: string;
  readonly what: string;
  readonly mark: string;
  readonly answer: string;
}): readonly string[] {
  const { person, what, mark, answer } = asked;
  const faults: string[] = [];
  const others = new Set(answer.match(NAMESPACES));
  others.delete(namespaceOf(person));
  if (others.size > 0) faults.push(`${person} got something of ${[...others].join(', ')} for ${what}`);
  if (!answer.includes(mark)) faults.push(`${person} asked for ${what} and got no ${mark}: ${answer.slice(0, 200)}`);
  return faults;
}

/** A stream whose basis was taken away. */
export interface EndedStream {
  readonly what: string;
  /** From the answer that the basis is gone to the end of the stream, in milliseconds; `undefined` while it is open. */
  readonly afterMs: number | undefined;
  /** Whether a server could have been kept from hearing of it, while it should have. */
  readonly wasDeaf: boolean;
  /** Whether anything was broken meanwhile, so that it may have been cut before it was ended. */
  readonly wasFaulted: boolean;
  /** Whether it said why, in the way of its protocol. */
  readonly isInProtocol: boolean;
}

/**
 * How long a stream may go on without its basis, in milliseconds: a second is aimed at, and this is for machines that are busy
 * with everything else of the run; a server that can not hear of it ends streams with their capability, 60 s.
 */
export const BASIS_MS = { heard: 5_000, unheard: 65_000 } as const;

/** Streams end with their basis, and say so. */
export function withoutBasis({ what, afterMs, wasDeaf, wasFaulted, isInProtocol }: EndedStream): readonly string[] {
  const boundMs = wasDeaf ? BASIS_MS.unheard : BASIS_MS.heard;
  if (afterMs === undefined) return [`${what} is open ${BASIS_MS.unheard} ms after its basis was taken away`];
  if (afterMs > boundMs) return [`${what} went on for ${Math.round(afterMs)} ms without a basis, bound is ${boundMs}`];
  return isInProtocol || wasFaulted ? [] : [`${what} ended without a word of why`];
}

/** An answer that somebody got from the cluster, by the id that it bears. */
export interface Answered {
  readonly auditId: string;
  readonly what: string;
}

/** Each answer from the cluster that somebody got has its start and its outcome in the audit log. */
export function missingEvents(
  answered: Iterable<Answered>,
  { started, ended }: { readonly started: ReadonlySet<string>; readonly ended: ReadonlySet<string> },
): readonly string[] {
  const faults: string[] = [];
  for (const { auditId, what } of answered) {
    if (!started.has(auditId)) faults.push(`${what} (${auditId}) was answered and has no start`);
    if (!ended.has(auditId)) faults.push(`${what} (${auditId}) was answered and has no outcome`);
  }
  return faults;
}

/** What a process holds while nobody does anything. */
export interface Measured {
  /** Bytes of live objects and of the buffers that they hold. */
  readonly heapBytes: number;
  readonly descriptors: number;
  readonly timers: number;
  /** What else keeps the event loop going: sockets, pipes, workers. */
  readonly handles: number;
}

const HELD = ['heapBytes', 'descriptors', 'timers', 'handles'] as const;

/** Of two looks the lesser figures. */
export function leastOf(one: Measured, other: Measured): Measured {
  const least = (kind: (typeof HELD)[number]) => Math.min(one[kind], other[kind]);
  return {
    heapBytes: least('heapBytes'),
    descriptors: least('descriptors'),
    timers: least('timers'),
    handles: least('handles'),
  };
}

/** Whether a process holds less than before, by more than a hundredth of anything. */
export function isClearlyLess(now: Measured, before: Measured): boolean {
  return HELD.some((kind) => now[kind] < before[kind] * 0.99);
}

/**
 * Growth that counts as none, as a share of what was there; and what may come and go whatever was there: code that a process which
 * was started again has yet to compile, connections of a pool.
 */
const LEAK = {
  share: 0.1,
  slack: { heapBytes: 4 * 1_024 * 1_024, descriptors: 6, timers: 3, handles: 6 },
} as const;

/** A process holds after its work what it held before, give or take a tenth. Less is no leak. */
export function leaks(name: string, before: Measured, after: Measured): readonly string[] {
  return HELD.flatMap((kind) => {
    const bound = before[kind] + Math.max(before[kind] * LEAK.share, LEAK.slack[kind]);
    return after[kind] <= bound ? [] : [`${name}: ${kind} went from ${before[kind]} to ${after[kind]}`];
  });
}

/** Work that went as it should, by its kind. */
export function undone(kinds: readonly string[], done: Readonly<Record<string, number>>): readonly string[] {
  return kinds.filter((kind) => (done[kind] ?? 0) === 0).map((kind) => `no ${kind} ever went well`);
}
