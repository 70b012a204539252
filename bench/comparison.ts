/** Figures that are held against one another instead of against the other ways to an upstream. */
import { mkdirSync } from 'node:fs';
import type { Ground } from './configurations.ts';
import { inRounds } from './rounds.ts';
import type { Run } from './run.ts';

/** One line of the second table. */
export interface Comparison {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Names of the two figures that a round yields: the ratio is `figure` over `baseline`. */
  readonly figure: string;
  readonly baseline: string;
  open(ground: Ground, run: Run): Promise<OpenComparison>;
}

/** A comparison that is set up. */
export interface OpenComparison {
  /** Takes both figures once. */
  round(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** Sets a comparison up, takes its rounds and ends it. */
export async function measureComparison(comparison: Comparison, ground: Ground, run: Run): Promise<void> {
  const { id, title, unit, figure, baseline } = comparison;
  if (!run.isWanted(id)) return;
  mkdirSync(ground.folder);
  const { round, close } = await comparison.open(ground, run);
  try {
    const rounds = await inRounds(run.roundCount, round, (error) => run.failed(id, error));
    run.compare({ id, title, unit, rounds, figure, baseline });
  } finally {
    await close();
  }
}
