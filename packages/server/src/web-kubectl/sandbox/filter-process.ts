import { StringDecoder } from 'node:string_decoder';
import type { Filter } from '../grammar/filters.ts';
import { createPipeline } from './line-filter.ts';

/** Longest line that stays one, in characters; a longer one goes on as several. */
const MAX_LINE_CHARACTERS = 1_048_576;

/**
 * Carries filters out between two streams. In a process of its own: what a pattern costs is that process' affair, which has a
 * limit of CPU time and can be ended at any moment.
 */
export async function runFilters(
  filters: readonly Filter[],
  input: AsyncIterable<Buffer>,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const pipeline = createPipeline(filters);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const pass = async (lines: readonly string[]) => {
    if (lines.length > 0) await write(`${lines.join('\n')}\n`);
  };
  for await (const chunk of input) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    while (rest.length > MAX_LINE_CHARACTERS) {
      lines.push(rest.slice(0, MAX_LINE_CHARACTERS));
      rest = rest.slice(MAX_LINE_CHARACTERS);
    }
    await pass(lines.flatMap((line) => pipeline.push(line)));
    if (pipeline.isDone) break;
  }
  rest += decoder.end();
  if (rest !== '') await pass(pipeline.push(rest));
  await pass(pipeline.end());
}
