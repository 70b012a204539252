import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { ServerConfig } from '../config.ts';
import { urlHost } from '../public-names.ts';

/** A port that other replicas are to dial. */
export interface BoundPort {
  readonly host: string;
  readonly port: number;
}

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '[::]', '*', '']);

/**
 * Where other replicas dial this one, `host:port`: as the configuration says; else the address that it listens on; where that is
 * all of them, the first one of this machine that is not loopback, as a pod has just one.
 */
export function peerAddressOf(
  config: Pick<ServerConfig, 'peerAddress'>,
  { host, port }: BoundPort,
  interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces,
): string {
  if (config.peerAddress !== undefined) return config.peerAddress;
  if (!WILDCARDS.has(host)) return `${urlHost(host)}:${port}`;
  const addresses = Object.values(interfaces()).flatMap((found) => found ?? []);
  const own = addresses.find(({ internal, scopeid }) => !internal && !scopeid) ?? addresses[0];
  return `${urlHost(own?.address ?? '127.0.0.1')}:${port}`;
}
