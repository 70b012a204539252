import type { AuditEventResource } from '@sallyport/core/api';
import { useEffect, useState } from 'react';
import { followEvents } from '../../api/follow-events.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { type AuditView, auditQueryOf } from './filters.ts';

/** What came while the explorer was live. */
export interface Tail {
  /** Newest first, at most {@link MAX_LIVE_EVENTS}. */
  readonly events: readonly AuditEventResource[];
  /** `lost`: it is being opened again; nothing is missed. */
  readonly state: 'off' | 'opening' | 'live' | 'lost' | 'ended';
  /** Why the server ended or refused it. */
  readonly error?: unknown;
  readonly reason?: string;
}

/** How many events of a tail a page keeps; older ones are found by their filters. */
export const MAX_LIVE_EVENTS = 1_000;

const OFF: Tail = { events: [], state: 'off' };

/** Follows the events of a view as they come, while `isLive`. What came stays until the view changes. */
export function useTail(view: AuditView, isLive: boolean): Tail {
  const { readText, organization } = useSignedIn();
  const [tail, setTail] = useState(OFF);
  const { filters, words } = view;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a tail has no time, so that only filters and words make it another one.
  useEffect(() => {
    if (!isLive) return setTail(OFF);
    const stop = new AbortController();
    const { signal } = stop;
    setTail({ events: [], state: 'opening' });
    const { from: _, to: __, ...filter } = auditQueryOf(view, Date.now());
    const open = (lastEventId: string | undefined) =>
      readText(
        'tailAuditEvents',
        { organization, ...filter },
        { signal, ...(lastEventId !== undefined && { lastEventId }) },
      );
    const run = async () => {
      const onState = (isConnected: boolean) =>
        setTail((before) => ({ ...before, state: isConnected ? 'live' : 'lost' }));
      for await (const { type, data } of followEvents({ open, signal, onState })) {
        if (type === 'audit') {
          const event = readEvent(data);
          setTail((before) => ({ ...before, events: [event, ...before.events].slice(0, MAX_LIVE_EVENTS) }));
        } else if (type === 'end') {
          const { reason = '' } = JSON.parse(data) as { readonly reason?: string };
          setTail((before) => ({ ...before, state: 'ended', reason }));
        }
      }
    };
    run().catch((error: unknown) => {
      if (!signal.aborted) setTail((before) => ({ ...before, state: 'ended', error }));
    });
    return () => stop.abort();
  }, [isLive, JSON.stringify(filters), words, organization, readText]);
  return tail;
}

/** An event of the tail. Its instant is text on the wire. */
function readEvent(data: string): AuditEventResource {
  const event = JSON.parse(data) as Omit<AuditEventResource, 'at'> & { readonly at: string };
  return { ...event, at: new Date(event.at) };
}
