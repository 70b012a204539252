import { useEffect, useRef, useState } from 'react';
import type { KubeClient } from '../../api/kube/kube-client.ts';
import { linesOf } from '../../api/kube/lines.ts';
import { type LogLine, logPath, MAX_LOG_LINES, readLogLine } from '../../api/kube/log-lines.ts';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { pause } from '../../api/kube/pause.ts';
import { containersOf } from './pod-facts.ts';

/** A line, or what happened between two: a restart. */
export type LogEntry = LogLine | { readonly number: number; readonly at: Date | undefined; readonly divider: string };

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
  /** Several are read side by side, in the order of their times. */
  readonly containers: readonly (string | undefined)[];
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
export function useLog({ client, podPath, containers, previous, follow }: LogOptions): LogView {
  // Names hold no comma; the same containers are the same log whichever list says so.
  const wanted = containers.join(',');

  const [view, setView] = useState<LogView>(EMPTY);
  const number = useRef(0);
  useEffect(() => {
    const stopping = new AbortController();
    const { signal } = stopping;
    const names = wanted === '' ? [undefined] : wanted.split(',');
    const isMixed = names.length > 1;
    let following = names.length;
    let waiting: LogEntry[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const added = waiting;
      waiting = [];
      setView((before) => ({ ...before, entries: joined(before.entries, added, isMixed).slice(-MAX_LOG_LINES) }));
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
    const runOf = async (container: string | undefined) =>
      containersOf(await client.get<KubeObject>(podPath, { signal })).find(({ name }) => name === container);
    // It has ended once all that are read have.
    const say = (change: 1 | 0 | -1) => {
      following += change;
      const state = following === 0 ? 'ended' : follow && !previous ? 'following' : 'reading';
      setView((before) => ({ ...before, state }));
    };

    async function readRun(container: string | undefined, tail: number): Promise<void> {
      const chunks = await client.stream(logPath(podPath, { container, previous, follow, tail }), { signal });
      say(0);
      for await (const line of linesOf(chunks)) {
        const read = readLogLine(line, nextNumber());
        add(isMixed && container !== undefined ? { ...read, source: container } : read);
      }
    }

    async function read(container: string | undefined): Promise<void> {
      let restarts = (await runOf(container))?.restartCount ?? 0;
      await readRun(container, TAIL);
      say(-1);
      while (follow && !previous && !signal.aborted) {
        await pause(LOOK_AGAIN_MS, signal);
        const run = await runOf(container);
        if (run === undefined) break;
        if (run.restartCount === restarts && run.state !== 'Running') continue;
        if (run.restartCount > restarts) {
          const how = run.lastExit === undefined ? '' : `, ${run.lastExit}`;
          add({ number: nextNumber(), at: new Date(), divider: `container ${run.name} restarted${how}` });
        }
        const isSame = run.restartCount === restarts;
        restarts = run.restartCount;
        // A connection that broke within a run goes on with what is new; a new run is read from its beginning.
        say(1);
        await readRun(container, isSame ? 0 : TAIL);
        say(-1);
      }
    }

    setView(EMPTY);
    for (const container of names) {
      read(container).catch((error: unknown) => {
        if (!signal.aborted) setView((before) => ({ ...before, state: 'ended', error }));
      });
    }
    return () => {
      stopping.abort();
      cancelAnimationFrame(frame);
    };
  }, [client, podPath, wanted, previous, follow]);
  return view;
}

/** Lines with those that came behind them. Several containers tell of the same moments one after the other, so times decide there. */
function joined(before: readonly LogEntry[], added: readonly LogEntry[], isMixed: boolean): readonly LogEntry[] {
  const all = [...before, ...added];
  return isMixed ? all.sort((a, b) => (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0) || a.number - b.number) : all;
}
