import { isIPv4, isIPv6 } from 'node:net';
import { findCatalogueEntry } from '../catalogue/catalogue.ts';
import type { AuditEvent } from '../event.ts';
import type { AuditSeverity } from '../event-parts.ts';
import { OCSF_TABLE } from './ocsf-table.ts';
import { statusOf, textDetail, type WrittenEvent, writtenEvent } from './written-event.ts';

/** Version of what {@link formatCef} writes as the version of the device: it goes up when a field changes its meaning. */
export const CEF_DEVICE_VERSION = '1';

const SEVERITIES: Readonly<Record<AuditSeverity, number>> = { info: 3, notice: 5, warning: 7, critical: 10 };
/** Length of texts in the extension, in characters; custom strings take 4 000, most others 1 023. */
const MAX_TEXT_CHARACTERS = 1_023;
const MAX_CUSTOM_CHARACTERS = 4_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const UNSAFE = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

type Value = string | number | undefined;
type Read = (event: WrittenEvent) => Value;

/** Keys of the extension and what they say, in their order. Keys as in "Common Event Format", version 25. */
export const CEF_FIELDS: readonly { readonly key: string; readonly label?: string; readonly read: Read }[] = [
  { key: 'rt', read: ({ at }) => Date.parse(at) },
  { key: 'externalId', read: ({ id }) => id },
  { key: 'cat', read: ({ code }) => findCatalogueEntry(code)?.category },
  { key: 'act', read: ({ request }) => request?.attributes?.verb || request?.method },
  { key: 'outcome', read: (event) => statusOf(event, isFailure(event)) },
  { key: 'reason', read: reasonOf },
  { key: 'suser', read: ({ principal }) => principal?.userName },
  { key: 'suid', read: ({ principal }) => principal?.id },
  { key: 'duser', read: (event) => textDetail(event, 'user') ?? textDetail(event, 'userName') },
  { key: 'src', read: ({ sourceAddress = '' }) => (isIPv4(sourceAddress) ? sourceAddress : undefined) },
  {
    key: 'c6a2',
    label: 'Source IPv6 Address',
    read: ({ sourceAddress = '' }) => (isIPv6(sourceAddress) ? sourceAddress : undefined),
  },
  { key: 'requestMethod', read: ({ request }) => request?.method },
  { key: 'request', read: ({ request }) => request?.path },
  { key: 'requestClientApplication', read: ({ request }) => request?.userAgent },
  { key: 'in', read: ({ outcome }) => outcome?.bytesReceived },
  { key: 'out', read: ({ outcome }) => outcome?.bytesSent },
  { key: 'cn1', label: 'Status', read: ({ outcome }) => outcome?.status },
  { key: 'cn2', label: 'Duration in milliseconds', read: ({ outcome }) => outcome && Math.round(outcome.durationMs) },
  { key: 'cs1', label: 'Cluster', read: ({ clusterName, clusterId }) => clusterName ?? clusterId },
  { key: 'cs2', label: 'Resource', read: resourceOf },
  { key: 'cs3', label: 'Organization', read: ({ organizationId }) => organizationId },
  { key: 'cs4', label: 'Login session', read: ({ loginSessionId }) => loginSessionId },
  { key: 'cs5', label: 'Request', read: ({ request }) => request?.id },
  { key: 'cs6', label: 'Details', read: ({ details }) => details && JSON.stringify(details) },
  { key: 'flexString1', label: 'Trace', read: ({ traceId }) => traceId },
  { key: 'flexString2', label: 'Recording', read: ({ recordingId }) => recordingId },
];

/**
 * An event as one line of CEF (ArcSight Common Event Format), without its line end. What has no key of its own (groups, changes)
 * is left out: CEF is flat.
 */
export function formatCef(event: AuditEvent): string {
  const written = writtenEvent(event);
  const name = findCatalogueEntry(event.code)?.name ?? event.code;
  const header = ['CEF:0', 'Sallyport', 'Sallyport', CEF_DEVICE_VERSION, event.code, name].map(escapeHeader);
  const extension = CEF_FIELDS.flatMap(({ key, label, read }) => {
    const value = read(written);
    if (value === undefined || value === '') return [];
    const max = label === undefined ? MAX_TEXT_CHARACTERS : MAX_CUSTOM_CHARACTERS;
    const said = `${key}=${escapeValue(cut(String(value), max))}`;
    return label === undefined ? [said] : [said, `${key}Label=${escapeValue(label)}`];
  });
  return `${header.join('|')}|${SEVERITIES[written.severity]}|${extension.join(' ')}`;
}

/** Escapes a field of the header: backslash and bar. It has no line ends. */
function escapeHeader(text: string): string {
  return plain(text)
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\|]/g, '\\$&');
}

/** Escapes a value of the extension: backslash, equals sign and line ends. Bars stand for themselves there. */
function escapeValue(text: string): string {
  return plain(text).replace(/[\\=]/g, '\\$&').replace(/\r/g, '\\r').replace(/\n/g, '\\n');
}

/** CEF has no escape for what moves a cursor or reorders text where it is shown. */
function plain(text: string): string {
  return text.replace(UNSAFE, '\ufffd');
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

function isFailure({ code }: WrittenEvent): boolean {
  return OCSF_TABLE[code].isFailure === true;
}

function reasonOf(event: WrittenEvent): string | undefined {
  const { outcome, decision } = event;
  if (outcome?.reason !== undefined) return outcome.reason;
  if (decision?.effect === 'deny') return decision.reasons.join('; ');
  return textDetail(event, 'reason') ?? outcome?.errorCode ?? textDetail(event, 'code');
}

function resourceOf({ request }: WrittenEvent): string | undefined {
  const attributes = request?.attributes;
  if (attributes?.kind !== 'resource') return undefined;
  const { resource, subresource, namespace, name } = attributes;
  return [namespace, subresource === '' ? resource : `${resource}/${subresource}`, name]
    .filter((part) => part !== '')
    .join(' ');
}
