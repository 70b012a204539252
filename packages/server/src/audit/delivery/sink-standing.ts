import type { OrganizationId } from '@sallyport/core';
import type { SinkCursor } from '../../stores/audit-sink-contracts.ts';
import { isBehindBounds, type SinkBounds } from './sink-bounds.ts';
import type { DeliveryTarget } from './target.ts';

/** Whether a sink takes what it is sent. `refusing`: it is required, behind its bounds, and requests are refused for it. */
export type SinkState = 'delivering' | 'failing' | 'refusing';

/** How one sink does in one log. */
export interface SinkStanding {
  readonly name: string;
  /** Absent of a sink of the configuration. */
  readonly organizationId?: OrganizationId;
  readonly state: SinkState;
  readonly cursor: SinkCursor;
}

/** How a sink does that is not disabled. */
export function sinkStateOf(cursor: SinkCursor, bounds: SinkBounds, at: Date): SinkState {
  if (bounds.delivery === 'required' && isBehindBounds(cursor, bounds, at)) return 'refusing';
  return cursor.failingSince === undefined ? 'delivering' : 'failing';
}

/** How sinks do, in every log that they have begun. */
export function sinkStandings(
  targets: readonly Pick<DeliveryTarget, 'key' | 'name' | 'of' | 'bounds'>[],
  cursors: readonly SinkCursor[],
  at: Date,
): readonly SinkStanding[] {
  return targets.flatMap(({ key, name, of, bounds }) =>
    cursors
      .filter(({ sink }) => sink === key)
      .map((cursor) => ({
        name,
        ...(of && { organizationId: of.organizationId }),
        state: sinkStateOf(cursor, bounds, at),
        cursor,
      })),
  );
}
