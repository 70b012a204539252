import ipaddr from 'ipaddr.js';

/** Whether an address is among those that were listed. */
export type AddressList = (address: string | undefined) => boolean;

/** Most entries of one list. */
export const MAX_ADDRESS_LIST_ENTRIES = 64;

/** What is wrong with a list entry, or `undefined` when it is a network in CIDR notation or one address. */
export function describeCidrProblem(text: string): string | undefined {
  try {
    const [network, bits] = readCidr(text);
    const first = ipaddr.IPv4.isValid(network.toString())
      ? ipaddr.IPv4.networkAddressFromCIDR(`${network.toString()}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${network.toString()}/${bits}`);
    if (first.toString() !== network.toString()) {
      return `${JSON.stringify(text)} has bits beyond its prefix; the network is ${first.toString()}/${bits}`;
    }
    return undefined;
  } catch {
    return `${JSON.stringify(text.slice(0, 64))} is neither an address nor a network in CIDR notation`;
  }
}

/**
 * Compiles a list of networks, which must have passed {@link describeCidrProblem}. An address that can't be read is in no
 * list; an IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) is the IPv4 address.
 */
export function compileAddressList(entries: readonly string[]): AddressList {
  const networks = entries.map(readCidr);
  return (address) => {
    if (address === undefined || !ipaddr.isValid(address)) return false;
    const peer = ipaddr.process(address);
    return networks.some(([network, bits]) => peer.kind() === network.kind() && peer.match(network, bits));
  };
}

function readCidr(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const [address = ''] = text.split('/', 1);
  // Only four decimal parts: the library also reads 127.1 and 0x7f000001, which other readers take for something else.
  if (!address.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(address)) throw new Error('not an address');
  if (address !== text) return ipaddr.parseCIDR(text);
  const parsed = ipaddr.parse(address);
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128];
}
