import { useCallback, useEffect, useState } from 'react';
import { describeServerProblem, type ServerProblem } from '../api/server-problem.ts';

/** Where a question to the server stands. */
export type Answer<Value> =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly value: Value }
  | { readonly phase: 'failed'; readonly problem: ServerProblem };

/** What {@link useAnswer} gives. */
export interface Asked<Value> {
  readonly answer: Answer<Value>;
  /** Asks again; what is known stays in view meanwhile. */
  readonly reload: () => void;
  /** Replaces the answer by what the server said to a change. */
  readonly put: (value: Value) => void;
}

const LOADING = { phase: 'loading' } as const;

/**
 * Asks the server, and again whenever `key` changes: what was known by then is of something else and is not shown.
 * @param ask reads `key` and nothing else that changes
 */
export function useAnswer<Value>(key: string, ask: (signal: AbortSignal) => Promise<Value>): Asked<Value> {
  const [held, setHeld] = useState<{ readonly key: string; readonly answer: Answer<Value> }>({ key, answer: LOADING });
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the question; a new attempt asks it again.
  useEffect(() => {
    const gone = new AbortController();
    const hold = (answer: Answer<Value>) => {
      if (!gone.signal.aborted) setHeld({ key, answer });
    };
    ask(gone.signal).then(
      (value) => hold({ phase: 'ready', value }),
      (error: unknown) => hold({ phase: 'failed', problem: describeServerProblem(error) }),
    );
    return () => gone.abort();
  }, [key, attempt]);

  return {
    answer: held.key === key ? held.answer : LOADING,
    reload: useCallback(() => setAttempt((count) => count + 1), []),
    put: useCallback((value: Value) => setHeld({ key, answer: { phase: 'ready', value } }), [key]),
  };
}
