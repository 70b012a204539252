import type { PathStep } from './check-proof.ts';

/** Levels of the way that are drawn; a tree of 16 million events has 24. */
const MAX_LEVELS = 4;
const LEVEL_HEIGHT = 22;
const WIDTH = 330;

/** The way from the event up to the signed root: what was computed here is filled, what the server gave is not. */
export function ProofPath({ path, rootLabel }: { readonly path: readonly PathStep[]; readonly rootLabel: string }) {
  const shown = path.slice(0, MAX_LEVELS).toReversed();
  const height = (shown.length + 1) * LEVEL_HEIGHT;
  const y = (level: number) => 8 + level * LEVEL_HEIGHT;
  const way: { readonly x: number; readonly otherX: number }[] = [];
  for (const [at, { side }] of shown.entries()) {
    const from = way.at(-1)?.x ?? WIDTH / 2;
    const step = WIDTH / 2 ** (at + 2.6);
    // Of a sibling at the left, the way goes right.
    const own = side === 'left' ? 1 : -1;
    way.push({ x: from + own * step, otherX: from - own * step });
  }
  const root = { x: WIDTH / 2, y: y(0) };
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${height}`}
      width="100%"
      height={height}
      role="img"
      aria-label={`${path.length} hashes lead from this event to the root, ${rootLabel}`}
      className="text-accent"
    >
      {way.map(({ x, otherX }, at) => {
        const from = way[at - 1]?.x ?? root.x;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: levels stand in their order.
          <g key={at} fill="none" stroke="currentColor">
            <path
              d={`M${from} ${y(at)}L${otherX} ${y(at + 1)}`}
              strokeWidth="1"
              className="text-line-3"
              stroke="currentColor"
            />
            <path d={`M${from} ${y(at)}L${x} ${y(at + 1)}`} strokeWidth="1.6" />
            <circle cx={otherX} cy={y(at + 1)} r="3" className="fill-(--surface)" />
            <circle cx={x} cy={y(at + 1)} r={at === way.length - 1 ? 4.5 : 2.5} fill="currentColor" stroke="none" />
          </g>
        );
      })}
      <circle cx={root.x} cy={root.y} r="4.5" fill="currentColor" />
      <text x={root.x + 10} y={root.y + 4} className="fill-(--ink-2) text-[11px]">
        {rootLabel}
      </text>
      <text x={(way.at(-1)?.x ?? root.x) + 10} y={y(way.length) + 4} className="fill-(--ink-2) text-[11px]">
        this event
      </text>
    </svg>
  );
}
