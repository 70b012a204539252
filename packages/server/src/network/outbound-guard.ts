import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { LoginError } from '../errors.ts';
import { type AddressList, compileAddressList } from './address-list.ts';
import { findCause } from './find-cause.ts';

/** The machine itself, for development: providers on the same host. */
export const LOOPBACK_NETWORKS: readonly string[] = ['127.0.0.0/8', '::1/128'];

/** Where clouds hand out credentials and which no registry lists as special (Azure's wire server). */
const METADATA_ADDRESSES = ['168.63.129.16'];

/**
 * Whether an address is one on the internet: not this machine, not a private or link-local network (where clouds keep their
 * metadata services), not multicast, and not a form that wraps one of those (IPv4 in IPv6, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address) || METADATA_ADDRESSES.includes(address)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

/** How {@link createGuardedConnector} resolves names; as `dns.lookup` with `all`. */
export type ResolveAll = (
  hostname: string,
  done: (error: Error | null, addresses: readonly { readonly address: string; readonly family: number }[]) => void,
) => void;

const resolveAll: ResolveAll = (hostname, done) =>
  resolve(hostname, { all: true, verbatim: true }, (error, addresses) => done(error, addresses ?? []));

/**
 * A connector for undici that opens no connection to an address which is neither public nor allowed. Names are resolved here and
 * the connection goes to the very address that was checked, so that a name which resolves differently the next time
 * (rebinding) gains nothing.
 */
export function createGuardedConnector(
  options: buildConnector.BuildOptions,
  guard: {
    readonly allowed: readonly string[];
    readonly resolveAll?: ResolveAll;
    /** Whether addresses on the internet may be reached. Default `true`. */
    readonly allowsPublic?: boolean;
    /** Makes the error of a refused host. Default: a LoginError `ERR_LOGIN_PROVIDER_ADDRESS`. */
    readonly refuse?: (host: string) => Error;
  },
): buildConnector.connector {
  const { allowsPublic = true, refuse = refused } = guard;
  const isAllowed: AddressList = compileAddressList(guard.allowed);
  const mayReach = (address: string) => (allowsPublic && isPublicAddress(address)) || isAllowed(address);
  const lookup: LookupFunction = (hostname, { all, family }, done) => {
    (guard.resolveAll ?? resolveAll)(hostname, (error, found) => {
      if (error !== null) return done(error, '');
      const wanted = found.filter((each) => family === undefined || family === 0 || each.family === family);
      const good = wanted.filter(({ address }) => mayReach(address));
      const [first] = good;
      if (first === undefined) return done(refuse(hostname), '');
      if (all) done(null, [...good]);
      else done(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ ...options, lookup });
  return (target, done) => {
    // Sockets look up names only; an address goes straight to the network.
    const host = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !mayReach(host)) done(refuse(host), null);
    else connect(target, done);
  };
}

/**
 * Creates what finds the address to connect to for a host, for protocols other than HTTP: one that is public or allowed, so that a
 * connection to that very address needs no further check. An address as a host stands for itself.
 */
export function createGuardedResolver(guard: {
  readonly allowed: readonly string[];
  readonly resolveAll?: ResolveAll;
  /** Makes the error of a refused host. */
  readonly refuse: (host: string) => Error;
}): (host: string) => Promise<string> {
  const isAllowed = compileAddressList(guard.allowed);
  const mayReach = (address: string) => isPublicAddress(address) || isAllowed(address);
  return (host) =>
    new Promise((done, fail) => {
      if (isIP(host) !== 0) {
        if (mayReach(host)) done(host);
        else fail(guard.refuse(host));
        return;
      }
      (guard.resolveAll ?? resolveAll)(host, (error, found) => {
        const good = found.find(({ address }) => mayReach(address));
        if (error !== null) fail(error);
        else if (good === undefined) fail(guard.refuse(host));
        else done(good.address);
      });
    });
}

/** The refusal of an address among the causes of a failed request, if that is why it failed. */
export function addressRefusalIn(error: unknown): LoginError | undefined {
  return findCause(
    error,
    (each): each is LoginError => each instanceof LoginError && each.code === 'ERR_LOGIN_PROVIDER_ADDRESS',
  );
}

function refused(host: string): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_PROVIDER_ADDRESS',
    message: `${JSON.stringify(host.slice(0, 255))} is at an address of this machine or of a private network, which the server does not call`,
    nextStep:
      "If that is where the identity provider is, name its network in allowedIssuerAddresses of the server's configuration.",
  });
}
