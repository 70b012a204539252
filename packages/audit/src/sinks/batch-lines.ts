import type { AuditEvent } from '../event.ts';
import { formatAuditEvent } from '../format-event.ts';
import { formatCef } from '../mappings/cef.ts';
import { formatOcsf } from '../mappings/ocsf.ts';

/** How events are written for a receiver: our own JSON, OCSF (JSON), or CEF (text). */
export const SINK_FORMATS = ['json', 'ocsf', 'cef'] as const;

/** How events are written; see {@link SINK_FORMATS}. */
export type SinkFormat = (typeof SINK_FORMATS)[number];

/** The writer of a format: one line without its line end. */
export function lineFormatter(format: SinkFormat): (event: AuditEvent) => string {
  return LINE_FORMATTERS[format];
}

const LINE_FORMATTERS: Readonly<Record<SinkFormat, (event: AuditEvent) => string>> = {
  json: formatAuditEvent,
  ocsf: formatOcsf,
  cef: formatCef,
};

/** Cuts what is to be sent into runs of at most `maxBytes` each (a larger single line stands alone), in order. */
export function splitBySize<Item extends { readonly line: string }>(
  items: readonly Item[],
  maxBytes: number,
): readonly (readonly Item[])[] {
  const runs: Item[][] = [];
  let run: Item[] = [];
  let size = 0;
  for (const item of items) {
    // The line end, or the comma, counts as well.
    const bytes = Buffer.byteLength(item.line) + 1;
    if (run.length > 0 && size + bytes > maxBytes) {
      runs.push(run);
      run = [];
      size = 0;
    }
    run.push(item);
    size += bytes;
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
