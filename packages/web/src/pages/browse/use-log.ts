import { useEffect, useRef, useState } from 'react';
import type { KubeClient } from '../../api/kube/kube-client.ts';
import { linesOf } from '../../api/kube/lines.ts';
import { type LogLine, logPath, MAX_LOG_LINES, readLogLine } from '../../api/kube/log-lines.ts';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { pause } from '../../api/kube/pause.ts';
import { containersOf } from './pod-facts.ts';

/** A line, or what happened between two: a restart. */
export type LogEntry = LogLine | { readonly number: number; readonly divider: string };

/** What is known of a log. */
export interface LogView {
  readonly entries: readonly LogEntry[];
  readonly state: 'reading' | 'following' | 'ended';
  readonly error: unknown;
}

/** What is read of a log. */
export interface LogOptions {
  readonly client: KubeClient;
  readonly podPath: string;
  readonly container: string | undefined;
  readonly previous: boolean;
  readonly follow: boolean;
}

const TAIL = 500;
const LOOK_AGAIN_MS = 2_000;
const EMPTY: LogView = { entries: [], state: 'reading', error: undefined };

/**
 * Reads the log of a container and follows it. When the container ends, waits for its next run and goes on with that behind a
 * line that says so. Old lines go once there are too many.
 */
export function useLog({ client, podPath, container, previous, follow }: LogOptions): LogView {
  const [view, setView] = useState<LogView>(EMPTY);
  const number = useRef(0);
  useEffect(() => {
    const stopping = new AbortController();
    const { signal } = stopping;
    let waiting: LogEntry[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const added = waiting;
      waiting = [];
      setView((before) => ({ ...before, entries: [...before.entries, ...added].slice(-MAX_LOG_LINES) }));
    };
    // A log may come in thousands of pieces; the page draws once for all of a frame.
    const add = (entry: LogEntry) => {
      waiting.push(entry);
      frame ||= requestAnimationFrame(flush);
    };
    const nextNumber = () => {
      number.current += 1;
      return number.current;
    };
    const runOf = async () =>
      containersOf(await client.get<KubeObject>(podPath, { signal })).find(({ name }) => name === container);

    async function readRun(tail: number): Promise<void> {
      const chunks = await client.stream(logPath(podPath, { container, previous, follow, tail }), { signal });
      setView((before) => ({ ...before, state: follow && !previous ? 'following' : 'reading', error: undefined }));
      for await (const line of linesOf(chunks)) add(readLogLine(line, nextNumber()));
    }

    async function read(): Promise<void> {
      setView(EMPTY);
      let restarts = (await runOf())?.restartCount ?? 0;
      await readRun(TAIL);
      while (follow && !previous && !signal.aborted) {
        setView((before) => ({ ...before, state: 'ended' }));
        await pause(LOOK_AGAIN_MS, signal);
        const run = await runOf();
        if (run === undefined) break;
        if (run.restartCount === restarts && run.state !== 'Running') continue;
        if (run.restartCount > restarts) {
          const how = run.lastExit === undefined ? '' : `, ${run.lastExit}`;
          add({ number: nextNumber(), divider: `container ${run.name} restarted${how}` });
        }
        const isSame = run.restartCount === restarts;
        restarts = run.restartCount;
        // A connection that broke within a run goes on with what is new; a new run is read from its beginning.
        await readRun(isSame ? 0 : TAIL);
      }
      setView((before) => ({ ...before, state: 'ended' }));
    }

    read().catch((error: unknown) => {
      if (!signal.aborted) setView((before) => ({ ...before, state: 'ended', error }));
    });
    return () => {
      stopping.abort();
      cancelAnimationFrame(frame);
    };
  }, [client, podPath, container, previous, follow]);
  return view;
}
