import type { SessionResource } from '@sallyport/core/api';
import { Page, type PageProps } from '../../app/page.tsx';
import type { Cast } from '../../parts/player/cast.ts';
import { ReplaySide, ReplayStage, useReplay } from '../../parts/recordings/replay.tsx';

/** What {@link Playback} plays. */
export interface PlaybackProps {
  /** Title, crumbs and actions of the page. */
  readonly page: Pick<PageProps, 'title' | 'crumbs' | 'actions'>;
  readonly session: SessionResource;
  readonly cast: Cast;
  /** Where it begins, in milliseconds. */
  readonly fromMs: number;
}

/** A recording that has ended: picture, timeline, controls, and its text at the side. */
export default function Playback({ page, session, cast, fromMs }: PlaybackProps) {
  const replay = useReplay({ session, cast, fromMs, hasKeys: true });
  return (
    <Page {...page} layout="fill" railLabel="Transcript and details" rail={<ReplaySide replay={replay} />}>
      <ReplayStage replay={replay} />
    </Page>
  );
}
