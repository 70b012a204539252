import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { type ReplayOptions, ReplaySide, ReplayStage, useReplay } from '../recordings/replay.tsx';

/** A recording with its text: side by side, or one below the other where there is little room. */
export default function ReplayPanel(options: ReplayOptions) {
  const replay = useReplay(options);
  const isNarrow = useIsNarrow();
  return (
    <div className={isNarrow ? 'flex min-h-0 flex-1 flex-col overflow-y-auto' : 'flex min-h-0 flex-1'}>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <ReplayStage replay={replay} />
      </div>
      <aside
        aria-label="Transcript and details"
        className={
          isNarrow
            ? 'border-t border-line bg-well px-5 py-5'
            : 'w-[320px] shrink-0 overflow-y-auto border-l border-line bg-well px-5 py-5'
        }
      >
        <ReplaySide replay={replay} />
      </aside>
    </div>
  );
}
