/** Whether an address is in a range. Throws on what is no address. */
type AddressRange = (address: string) => boolean;

/** Remembered, because expressions name few of them; they are literals, so no caller can add one. */
const ranges = new Map<string, AddressRange>();
const MAX_REMEMBERED_RANGES = 1_000;

/**
 * Reads an address or a CIDR block of IPv4 or IPv6 (RFC 4632, RFC 4291). A v4-mapped IPv6 address is its IPv4 address, and a
 * zone id counts for nothing, since it names an interface of the machine that wrote it down.
 * @throws RangeError when it is neither
 */
export function addressRangeOf(text: string): AddressRange {
  let range = ranges.get(text);
  if (range === undefined) {
    range = compileRange(text);
    if (ranges.size >= MAX_REMEMBERED_RANGES) ranges.clear();
    ranges.set(text, range);
  }
  return range;
}

function compileRange(text: string): AddressRange {
  const slash = text.indexOf('/');
  const base = parseAddress(slash < 0 ? text : text.slice(0, slash));
  let prefix = base.bits;
  if (slash >= 0) {
    const length = text.slice(slash + 1);
    if (!/^\d{1,3}$/.test(length) || Number(length) > base.written) throw notAnAddress();
    // `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
    prefix = Number(length) - (base.written - base.bits);
    if (prefix < 0) throw notAnAddress();
  }
  const shift = BigInt(base.bits - prefix);
  return (address) => {
    const { bits, value } = parseAddress(address);
    return bits === base.bits && value >> shift === base.value >> shift;
  };
}

interface Address {
  readonly bits: 32 | 128;
  /** How many bits it was written with: 128 for a v4-mapped address. */
  readonly written: 32 | 128;
  readonly value: bigint;
}

const MAPPED = 0xffffn << 32n;

function parseAddress(text: string): Address {
  if (!text.includes(':')) return { bits: 32, written: 32, value: parseIpv4(text) };
  const value = parseIpv6(text.replace(/%[^%]+$/, ''));
  if (value >> 32n === MAPPED >> 32n) return { bits: 32, written: 128, value: value & 0xffff_ffffn };
  return { bits: 128, written: 128, value };
}

function parseIpv4(text: string): bigint {
  const parts = text.split('.');
  if (parts.length !== 4) throw notAnAddress();
  return parts.reduce((value, part) => {
    // Leading zeros are octal to some readers.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) throw notAnAddress();
    return (value << 8n) | BigInt(part);
  }, 0n);
}

function parseIpv6(text: string): bigint {
  const halves = text.split('::');
  if (halves.length > 2) throw notAnAddress();
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(groupsOf)));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) throw notAnAddress();
  return [...head, ...Array<bigint>(missing).fill(0n), ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

function groupsOf(part: string, at: number, parts: readonly string[]): readonly bigint[] {
  if (part.includes('.') && at === parts.length - 1) {
    const value = parseIpv4(part);
    return [value >> 16n, value & 0xffffn];
  }
  if (!/^[0-9a-f]{1,4}$/i.test(part)) throw notAnAddress();
  return [BigInt(`0x${part}`)];
}

function notAnAddress(): RangeError {
  return new RangeError('is neither an address nor a CIDR block');
}
