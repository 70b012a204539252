import { createTextReader } from '@sallyport/core/api';
import type { CommandLine } from '../../authn/testing/command-line.ts';
import type { Installation } from '../../authn/testing/installation.ts';

/** An event stream that is read as a test needs it. */
export interface StreamReader {
  /** Reads up to the first text that has what is waited for; resolves to all that was read so far. */
  until(part: string | RegExp): Promise<string>;
  /** Reads to its end. */
  rest(): Promise<string>;
  close(): void;
}

/** Opens an event stream of the REST API as somebody. */
export async function openStream(
  { fetch, publicUrl }: Installation,
  { tokens: { accessToken }, keys }: CommandLine,
  operation: 'tailAuditEvents' | 'watchMyChanges',
  input: Readonly<Record<string, unknown>> = {},
  lastEventId?: string,
): Promise<StreamReader> {
  const read = createTextReader({ baseUrl: publicUrl, fetch, keys, accessToken: () => accessToken });
  const controller = new AbortController();
  const { headers, chunks } = await read(operation, input as never, {
    signal: controller.signal,
    ...(lastEventId !== undefined && { lastEventId }),
  });
  const type = headers.get('content-type');
  if (type?.includes('text/event-stream') !== true) throw new Error(`it is no event stream: ${type}`);
  const iterator = chunks[Symbol.asyncIterator]();
  let text = '';
  return {
    async until(part) {
      while (!(typeof part === 'string' ? text.includes(part) : part.test(text))) {
        const { value, done } = await iterator.next();
        if (done === true) throw new Error(`it ended: ${text}`);
        text += value;
      }
      return text;
    },
    async rest() {
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) text += next.value;
      return text;
    },
    close: () => controller.abort(),
  };
}
