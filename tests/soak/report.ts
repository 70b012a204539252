/** What a run found, invariant by invariant, for a reader. */

/** What must hold, in the order of the report. */
export const INVARIANTS = {
  processes: 'no process ended by itself, and each ended well when it was asked to',
  recovery: 'the cluster answered by each server again after each fault',
  work: 'work failed only where something was broken, and each kind went well',
  asked: 'each request reached the cluster as the person who made it',
  answered: 'each answer reached the person who had asked, and was the one to what they had asked',
  basis: 'streams ended with their basis and said so, and nothing was answered after',
  audit: 'each request that was answered, or that the cluster saw, has one start and one outcome in the audit log',
  log: 'the audit logs have no gap and verify',
  open: 'nothing is open after the work: at the servers, at the cluster, in the database',
  held: 'no process holds more after the work than before, give or take 10 %',
} as const;

/** An invariant. */
export type Invariant = keyof typeof INVARIANTS;

/** Collects violations. */
export interface Violations {
  add(invariant: Invariant, sentences: readonly string[]): void;
  readonly all: readonly { readonly invariant: Invariant; readonly sentence: string; readonly afterS: number }[];
}

/** Begins with none. */
export function createViolations(): Violations {
  const beganAt = performance.now();
  const all: { invariant: Invariant; sentence: string; afterS: number }[] = [];
  return {
    all,
    add(invariant, sentences) {
      const afterS = Math.round((performance.now() - beganAt) / 1_000);
      for (const sentence of sentences) all.push({ invariant, sentence, afterS });
    },
  };
}

/** Figures of a run, by the line that they stand in. */
export type Figures = Readonly<Record<string, Readonly<Record<string, number | string>> | string>>;

const MOST_SHOWN = 50;

/** Renders the report; ends with `N invariants held`, or with the seed and the first violation. */
export function renderReport(
  seed: number,
  figures: Figures,
  { all }: Violations,
): { readonly text: string; readonly isHeld: boolean } {
  const lines = Object.entries(figures).map(([name, values]) =>
    typeof values === 'string'
      ? `${name}: ${values}`
      : `${name}: ${Object.entries(values)
          .map(([what, value]) => `${what} ${value}`)
          .join(', ')}`,
  );
  const broken = new Set(all.map(({ invariant }) => invariant));
  for (const [invariant, sentence] of Object.entries(INVARIANTS)) {
    lines.push(`${broken.has(invariant as Invariant) ? 'BROKEN' : 'held  '}  ${sentence}`);
  }
  for (const { invariant, sentence, afterS } of all.slice(0, MOST_SHOWN))
    lines.push(`${invariant}, ${afterS} s: ${sentence}`);
  if (all.length > MOST_SHOWN) lines.push(`and ${all.length - MOST_SHOWN} more`);
  const heldCount = Object.keys(INVARIANTS).length - broken.size;
  const [first] = all;
  lines.push(
    first === undefined
      ? `${heldCount} invariants held (seed ${seed})`
      : `${heldCount} invariants held, ${broken.size} did not (seed ${seed}); first: ${first.sentence}`,
  );
  return { text: `${lines.join('\n')}\n`, isHeld: first === undefined };
}
