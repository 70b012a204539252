/** How the version of an agent stands to the server's; see {@link versionSkew}. */
export type VersionSkew = 'none' | 'older' | 'newer' | 'unsupported';

/**
 * Compares an agent's version with the server's. Agents of the same minor version, of the one before and of the one after
 * work with a server; patch versions and what follows a hyphen don't matter. Anything else, and what is no version, is
 * unsupported.
 */
export function versionSkew(agentVersion: string, serverVersion: string): VersionSkew {
  const agent = parse(agentVersion);
  const server = parse(serverVersion);
  if (agent === undefined || server === undefined || agent.major !== server.major) return 'unsupported';
  switch (agent.minor - server.minor) {
    case 0:
      return 'none';
    case -1:
      return 'older';
    case 1:
      return 'newer';
    default:
      return 'unsupported';
  }
}

function parse(version: string): { readonly major: number; readonly minor: number } | undefined {
  const match = /^v?(\d{1,6})\.(\d{1,6})\.\d{1,6}(?:[-+].*)?$/.exec(version);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}
