import type { AuditEvent } from '../event.ts';

/** What every message of a sink has in common. */
export interface SyslogMessageOptions {
  /** Numerical code of the facility, 0 to 23 (RFC 5424, table 1). */
  readonly facility: number;
  readonly hostname: string;
  /** Private enterprise number in the SD-ID (RFC 5424, section 7.2.2). */
  readonly enterpriseNumber: number;
  /** Longest message, in bytes. */
  readonly maxMessageBytes: number;
  readonly toLine: (event: AuditEvent) => string;
}

/** RFC 5424, table 2. */
const SEVERITIES = { info: 6, notice: 5, warning: 4, critical: 2 } as const;
/** RFC 5424, section 6: characters of the header are printable ASCII without the space. */
const NOT_PRINTABLE = /[^\x21-\x7e]/g;
const MAX_HOSTNAME = 255;
const MAX_MSGID = 32;
/** Longest value in the structured data, in characters: names of people and paths may be longer, and stand whole in the message. */
const MAX_VALUE = 255;
const BOM = '\ufeff';

/**
 * One event as a message of RFC 5424: what it is about as structured data, all of it as the text. A message that would be longer
 * than allowed goes without its text and says so (`textOmitted="true"`): a receiver would cut it somewhere, and half an event is
 * no event.
 */
export function toSyslogMessage(event: AuditEvent, options: SyslogMessageOptions): Buffer {
  const { facility, hostname, enterpriseNumber, maxMessageBytes, toLine } = options;
  const header = [
    `<${facility * 8 + SEVERITIES[event.severity]}>1`,
    event.at.toISOString(),
    headerField(hostname, MAX_HOSTNAME),
    'sallyport',
    '-',
    headerField(event.code, MAX_MSGID),
  ].join(' ');
  const facts = factsOf(event);
  const whole = Buffer.from(`${header} ${structuredData(enterpriseNumber, facts)} ${toText(toLine(event))}`);
  if (whole.length <= maxMessageBytes) return whole;
  return Buffer.from(`${header} ${structuredData(enterpriseNumber, { ...facts, textOmitted: 'true' })}`);
}

function factsOf(event: AuditEvent): Readonly<Record<string, string | undefined>> {
  return {
    id: event.id,
    code: event.code,
    organization: event.organizationId,
    cluster: event.clusterId,
    user: event.principal?.userName,
    source: event.sourceAddress,
    request: event.request?.id,
  };
}

function structuredData(enterpriseNumber: number, facts: Readonly<Record<string, string | undefined>>): string {
  const params = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${escapeValue(value)}"`],
  );
  return `[sallyport@${enterpriseNumber} ${params.join(' ')}]`;
}

/** RFC 5424, section 6.3.3: three characters are escaped. Control characters are replaced: receivers store messages as lines. */
export function escapeValue(value: string): string {
  return value
    .slice(0, MAX_VALUE)
    .toWellFormed()
    .replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')
    .replace(/["\\\]]/g, '\\$&');
}

/** JSON is written in ASCII, which every receiver reads; other text is marked as UTF-8 (RFC 5424, section 6.4). */
function toText(line: string): string {
  if (line.startsWith('{')) {
    return line.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }
  return /[^\0-\x7f]/.test(line) ? `${BOM}${line}` : line;
}

function headerField(text: string, maxCharacters: number): string {
  return text.replace(NOT_PRINTABLE, '?').slice(0, maxCharacters) || '-';
}
