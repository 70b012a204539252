import { type CastEvent, castDamageOf, parseCastEvent } from '@sallyport/core/terminal';
import { CliError } from '../errors.ts';
import { neutralise } from '../output/neutralise.ts';

/** Reads the events of asciicast v2 as it comes; the header is left out, and so is a line that is none. */
export async function* readCast(chunks: AsyncIterable<string>): AsyncGenerator<CastEvent> {
  for await (const line of linesOf(chunks)) {
    const event = parseCastEvent(line);
    if (event !== undefined) yield event;
  }
}

/** Most missing parts of a recording that are named one by one. */
const MAX_NAMED = 5;
/** How a line begins that may say what is missing: what was printed is not parsed for it. */
const REMARK = /^\[[\d.]+, ?"m"/;

/** Notes what a recording that passes says is missing from it. */
export interface DamageNotes {
  /** Hands on what comes. Begun anew, it forgets what it noted. */
  pass(chunks: AsyncIterable<string>): AsyncGenerator<string>;
  /** @throws CliError `ERR_CLI_RECORDING_DAMAGED` when something was missing */
  check(): void;
}

/** Makes notes of one recording. */
export function createDamageNotes(): DamageNotes {
  let missing: string[] = [];

  function note(line: string): void {
    const event = REMARK.test(line) ? parseCastEvent(line) : undefined;
    const damage = event && castDamageOf(event);
    if (damage !== undefined) missing.push(damage);
  }

  return {
    async *pass(chunks) {
      missing = [];
      let rest = '';
      for await (const chunk of chunks) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(note);
        yield chunk;
      }
      note(rest);
    },
    check() {
      if (missing.length === 0) return;
      const more = missing.length > MAX_NAMED ? `; and ${missing.length - MAX_NAMED} more` : '';
      throw new CliError({
        code: 'ERR_CLI_RECORDING_DAMAGED',
        message: `parts of the recording are missing: ${neutralise(missing.slice(0, MAX_NAMED).join('; '))}${more}`,
        nextStep: 'Run `sallyport audit verify --recordings` to see whether more than this one is damaged.',
      });
    },
  };
}

/** Splits text that comes in pieces into lines, without their line feeds. What is behind the last one counts as a line. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
