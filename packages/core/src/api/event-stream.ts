/** One server-sent event. */
export interface StreamedEvent {
  /** `message` when the server named none. */
  readonly type: string;
  /** Its lines of data, joined by line feeds; empty for a comment or a bare id. */
  readonly data: string;
  /** The last id that came; empty before the first. `Last-Event-ID` of a reconnection. */
  readonly id: string;
}

/**
 * Reads server-sent events (https://html.spec.whatwg.org/#server-sent-events) as the API sends them: UTF-8 text with line feeds.
 * An event that is cut off is left out; one without data is told too, since its id moves the place. Comments are not.
 */
export async function* readEventStream(chunks: AsyncIterable<string>): AsyncGenerator<StreamedEvent> {
  let rest = '';
  let type = '';
  let data: string[] = [];
  let id = '';
  let hasFields = false;
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, field, value = ''] = /^(event|data|id)(?:: ?(.*))?$/.exec(line) ?? [];
      if (field === 'event') type = value;
      else if (field === 'data') data.push(value);
      else if (field === 'id') id = value;
      if (field !== undefined) hasFields = true;
      if (line !== '') continue;
      if (hasFields) yield { type: type || 'message', data: data.join('\n'), id };
      type = '';
      data = [];
      hasFields = false;
    }
  }
}
