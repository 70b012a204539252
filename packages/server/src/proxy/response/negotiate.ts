import { allHeaders, type RawHeaders } from '@sallyport/core';

/** Forms of JSON that can be read (`as=…` of the media type), all of group meta.k8s.io. */
const FORMS: ReadonlySet<string> = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);

/** Which form of answer is asked for upstream, so that it can be read. */
export interface ReadableAccept {
  /** The `Accept` header for upstream. */
  readonly accept: string;
  /** Whether the answer may be a Table. */
  readonly mayBeTable: boolean;
}

/**
 * Narrows what a client accepts to JSON, in its own order and words. `undefined` when it takes none: JSON is added only
 * where its `Accept` leaves room for it.
 */
export function readableAccept(headers: RawHeaders): ReadableAccept | undefined {
  const lines = allHeaders(headers, 'accept');
  const ranges = lines
    .join(',')
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '');
  if (ranges.length === 0) return { accept: 'application/json', mayBeTable: false };
  const kept: string[] = [];
  let mayBeTable = false;
  let takesPlain = false;
  let leavesRoom = false;
  for (const range of ranges) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const values = new Map(parameters.map((parameter) => split(parameter)));
    if (Number(values.get('q') ?? 1) === 0) continue;
    const media = type.toLowerCase();
    if (media === '*/*' || media === 'application/*') leavesRoom = true;
    if (media !== 'application/json') continue;
    const form = values.get('as');
    if (form !== undefined && !FORMS.has(form)) continue;
    takesPlain ||= form === undefined;
    mayBeTable ||= form === 'Table';
    kept.push(range);
  }
  if (leavesRoom && !takesPlain) kept.push('application/json');
  return kept.length === 0 ? undefined : { accept: kept.join(','), mayBeTable };
}

function split(parameter: string): [string, string] {
  const at = parameter.indexOf('=');
  const [name, value] = at < 0 ? [parameter, ''] : [parameter.slice(0, at), parameter.slice(at + 1)];
  return [name.trim().toLowerCase(), value.trim()];
}
