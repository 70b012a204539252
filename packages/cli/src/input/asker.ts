import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';

/** The part of the context that questions need. */
export type AskContext = Pick<CliContext, 'stdin' | 'stderr'>;

/** Asks a person at a terminal, one question after the other. */
export interface Asker {
  /**
   * Writes the question and reads one line, trimmed. `undefined` once there is nothing more to read.
   */
  ask(question: string): Promise<string | undefined>;
  /** Lets go of standard input. Idempotent. */
  close(): Promise<void>;
}

/** Whether there is somebody to ask: both ends of a dialogue are terminals. */
export function canAsk({ stdin, stderr }: AskContext): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** Creates an {@link Asker}. Questions go to stderr, since stdout is for data. */
export function createAsker({ stdin, stderr }: AskContext): Asker {
  let chunks: AsyncIterator<Uint8Array | string> | undefined;
  let rest = '';
  let isAtEnd = false;
  return {
    async ask(question) {
      stderr.write(question);
      chunks ??= stdin[Symbol.asyncIterator]();
      while (!rest.includes('\n') && !isAtEnd) {
        const { value, done } = await chunks.next();
        if (done === true) isAtEnd = true;
        else rest += typeof value === 'string' ? value : Buffer.from(value).toString();
      }
      if (isAtEnd && rest === '') return undefined;
      const [line = '', ...others] = rest.split('\n');
      rest = others.join('\n');
      return line.trim();
    },
    async close() {
      await chunks?.return?.();
    },
  };
}

/**
 * Asks the person to confirm what can't be taken back.
 * @throws CliError `ERR_CLI_NOT_CONFIRMED` when they don't, or when nobody can be asked
 */
export async function confirmByYes(context: AskContext, question: string): Promise<void> {
  if (!canAsk(context)) {
    throw new CliError({
      code: 'ERR_CLI_NOT_CONFIRMED',
      message: `this needs a confirmation, and there is no terminal to ask on: ${question}`,
      nextStep: 'Pass --yes once you are sure.',
    });
  }
  const asker = createAsker(context);
  try {
    const answer = await asker.ask(`${question} Type "yes" to go on: `);
    if (answer?.toLowerCase() === 'yes') return;
  } finally {
    await asker.close();
  }
  throw new CliError({ code: 'ERR_CLI_NOT_CONFIRMED', message: 'not confirmed; nothing was changed' });
}
