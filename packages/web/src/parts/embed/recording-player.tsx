import type { SessionResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { paths } from '../../app/paths.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Answered } from '../answer.tsx';
import { usePartsHost } from '../host.ts';
import { castQuery, sessionQuery } from '../recordings/queries.ts';
import { PartFrame, type PartProps } from './part-frame.tsx';

const ReplayPanel = lazy(() => import('./replay-panel.tsx'));

/** What {@link RecordingPlayer} takes. */
export interface RecordingPlayerProps extends PartProps {
  /** Id of the recorded session. */
  readonly recordingId: string;
  /** Where it begins, in milliseconds. Default 0. */
  readonly fromMs?: number;
  /** Whether its keys act wherever the focus is: Space plays, arrows seek, `.` steps. Default false. */
  readonly hasKeys?: boolean;
}

/**
 * A recorded session that has ended: its terminal with timeline, speed and skipping of idle time, its text to search, and whether the
 * audit log proves it. A session that still runs is named, with the way to its page.
 */
export function RecordingPlayer({ label = 'Recording', className, ...rest }: RecordingPlayerProps) {
  return (
    <PartFrame label={label} {...(className !== undefined && { className })}>
      <PlayerWithin {...rest} />
    </PartFrame>
  );
}

function PlayerWithin({ recordingId, fromMs = 0, hasKeys = false }: Omit<RecordingPlayerProps, keyof PartProps>) {
  const host = usePartsHost();
  const session = useQuery(sessionQuery(host, recordingId));
  const isPlayable = session.data !== undefined && hasPicture(session.data);
  const cast = useQuery({ ...castQuery(host, recordingId), enabled: isPlayable });
  return (
    <Answered query={session} label="Reading the recording">
      {(found) =>
        hasPicture(found) ? (
          <Answered query={cast} label="Reading what was recorded">
            {(read) => (
              <Suspense fallback={<Skeleton label="Opening the terminal" />}>
                <ReplayPanel key={found.id} session={found} cast={read} fromMs={fromMs} hasKeys={hasKeys} />
              </Suspense>
            )}
          </Answered>
        ) : (
          <Empty
            title={found.state === 'recording' ? 'It still runs' : 'Nothing was recorded of it but its bytes'}
            action={<LinkButton href={paths.recording(found.id)}>Open its page</LinkButton>}
          >
            {found.state === 'recording'
              ? 'Its page shows what is printed as it comes; here it can be played once it has ended.'
              : 'A port-forward carries what its programs say, which is nobody’s terminal.'}
          </Empty>
        )
      }
    </Answered>
  );
}

const hasPicture = ({ state, kind }: SessionResource) => state !== 'recording' && kind !== 'portForward';
