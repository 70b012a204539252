/** Our side alone, for whoever brings other load, another upstream in front of it, or another machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ground, LINKS, type LinkName, startSallyport, writeStaticKubeconfig } from './configurations.ts';
import { startTunnelOnly } from './tunnel-only.ts';
import { BULK_PATH, SMALL_PATH } from './upstream.ts';

/** What can be served: both ends of the tunnel and nothing else, or the whole path. */
const SIDES = {
  tunnel: startTunnelOnly,
  sallyport: (ground: Ground, link: LinkName) => startSallyport(ground, writeStaticKubeconfig(ground), link),
} as const;

/** Starts a side over a link and says on stdout, as JSON, how it is reached; ends with SIGINT or SIGTERM. */
export async function serveSide(side: string, link: string, ground: Ground): Promise<void> {
  const start = SIDES[side as keyof typeof SIDES];
  const linkName = LINKS.find((name) => name === link);
  if (start === undefined || linkName === undefined) {
    throw new Error(`--serve takes ${Object.keys(SIDES).join(' or ')}, --link ${LINKS.join(' or ')}`);
  }
  mkdirSync(ground.folder);
  const configuration = await start(ground, linkName);
  try {
    const caFile = join(ground.folder, 'ca.pem');
    writeFileSync(caFile, configuration.caPem);
    const token = await configuration.token();
    const facts = {
      url: configuration.baseUrl,
      upstream: `https://127.0.0.1:${ground.upstreamPort}`,
      paths: { small: SMALL_PATH, bulk: BULK_PATH },
      caFile,
      ...(token && { token }),
      pids: configuration.pids,
    };
    process.stdout.write(`${JSON.stringify(facts, undefined, 2)}\n`);
    await new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
    });
  } finally {
    await configuration.close();
  }
}
