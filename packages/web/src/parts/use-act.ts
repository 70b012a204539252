import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { type Toast, useToast } from '../ui/toast.tsx';

/** What {@link useAct} does around a change. */
export interface Act<Input, Output> {
  readonly work: (input: Input) => Promise<Output>;
  /** What is another by it: these are read again. */
  readonly changes: readonly QueryKey[];
  /** Tells the result. Absent: it shows by itself. */
  readonly told?: (output: Output, input: Input) => Toast;
  readonly after?: (output: Output, input: Input) => void;
}

/** A change on the server: what it changes is read again, and its result told. What is shown is what the server said, never a guess. */
export function useAct<Input = void, Output = unknown>({ work, changes, told, after }: Act<Input, Output>) {
  const queries = useQueryClient();
  const tell = useToast();
  return useMutation({
    mutationFn: work,
    onSuccess: (output, input) => {
      for (const queryKey of changes) void queries.invalidateQueries({ queryKey });
      if (told !== undefined) tell(told(output, input));
      after?.(output, input);
    },
  });
}
