/** Rounds: every figure once, then every figure again, so that what disturbs the machine disturbs all of them. */
import type { Rounds } from './statistics.ts';

/** Takes rounds one after the other. A round that fails counts for nothing and is told to `onFailure`. */
export async function inRounds(
  count: number,
  round: () => Promise<Readonly<Record<string, number>>>,
  onFailure: (error: unknown) => void,
): Promise<Rounds> {
  const rounds: Record<string, number[]> = {};
  for (let i = 0; i < count; i += 1) {
    const figures = await round().catch((error: unknown) => {
      onFailure(error);
      return {};
    });
    for (const [name, value] of Object.entries(figures)) rounds[name] = [...(rounds[name] ?? []), value];
  }
  return rounds;
}
