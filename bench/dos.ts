/** What others notice of one attacker: their p99 and the server's event loop, before and during each attack. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { FRAME, frame } from '../tests/security/http2-client.ts';
import { FLOODS, INITIAL_WINDOW_SIZE, setting, uint32 } from '../tests/security/http2-floods.ts';
import { awaitCondition } from '../tests/support/conditions.ts';
import { type Ground, type Sallyport, startSallyport, writeStaticKubeconfig } from './configurations.ts';
import type { FloodOptions } from './flood-process.ts';
import { driver, startProcess } from './processes.ts';
import type { Run } from './run.ts';
import { percentile } from './statistics.ts';
import { SMALL_PATH } from './upstream.ts';

const ID = 'dos';
const VICTIMS = 4;
/** Between two requests of one victim, in milliseconds. */
const PAUSE_MS = 20;
const AGENT_WINDOW_BYTES = 32 * 1024 * 1024;

interface Attack {
  readonly name: string;
  readonly options: FloodOptions;
}

/** Takes the measure, when it is wanted: one round of each attack, with a rest before it. */
export async function measureDos(ground: Ground, run: Run): Promise<void> {
  if (!run.isWanted(ID)) return;
  mkdirSync(ground.folder);
  const sallyport = await startSallyport(ground, writeStaticKubeconfig(ground));
  try {
    const token = (await sallyport.token()) ?? '';
    await others(sallyport, token, run.warmSeconds);
    for (const { name, options } of await attacks(sallyport)) {
      const before = await measured(sallyport, token, run.seconds).catch(() => undefined);
      if (before === undefined) {
        run.note(`skipped: ${name}, since the machine itself was too slow before`);
        continue;
      }
      const file = join(ground.folder, 'flood.json');
      writeFileSync(file, JSON.stringify(options), { mode: 0o600 });
      const attacker = startProcess(process.execPath, [driver('flood-process'), file]);
      await attacker.ready;
      const during = await measured(sallyport, token, run.seconds).catch((error: unknown) => {
        run.failed(`${ID}: ${name}`, error);
        return undefined;
      });
      await attacker.stop();
      if (during === undefined) continue;
      run.goal({
        id: 'dos',
        title: `others during: ${name}`,
        unit: 'ms',
        goal: 'event loop p99 at most 50',
        rounds: {
          'p99 before': [before.p99],
          'p99 during': [during.p99],
          ratio: [during.p99 / before.p99],
          'event loop p99': [during.loopP99],
        },
      });
    }
  } finally {
    await sallyport.close();
  }
}

async function attacks(sallyport: Sallyport): Promise<readonly Attack[]> {
  const { port, pathname } = new URL(sallyport.baseUrl);
  const listener = { port: Number(port), caPem: sallyport.caPem };
  // Signed in, and with every right: whoever may do less costs less.
  const publicTarget = {
    ...listener,
    head: [
      ...[':method', 'POST', ':scheme', 'https', ':authority', 'x', ':path', `${pathname}/api/v1/namespaces/a/pods`],
      ...['content-type', 'application/json', 'authorization', `Bearer ${await sallyport.token()}`],
    ],
  };
  const path = join(sallyport.folder, 'agent', 'identity.json');
  const identity = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  const agentTarget = {
    ...listener,
    serverName: 'agents.sallyport.internal',
    certificate: { certificatePem: identity['tls.crt'] ?? '', keyPem: identity['tls.key'] ?? '' },
    greeting: Buffer.concat([
      setting(INITIAL_WINDOW_SIZE, AGENT_WINDOW_BYTES),
      frame(FRAME.windowUpdate, 0, 0, uint32(AGENT_WINDOW_BYTES)),
    ]).toString('base64') as unknown as Buffer,
    head: [
      ...[
        ':method',
        'POST',
        ':scheme',
        'https',
        ':authority',
        'x',
        ':path',
        '/sallyport.agent.v1.AgentGateway/Connect',
      ],
      ...['content-type', 'application/grpc', 'te', 'trailers'],
    ],
  };
  const on = (where: string, target: FloodOptions['target'], attack: string, concurrency: number): Attack => ({
    name: `${attack}, ${where}`,
    options: { attack, concurrency, target },
  });
  return [
    on('public listener', publicTarget, 'stalled hellos', 500),
    on('public listener', publicTarget, 'handshakes', 64),
    on('listener of agents', { ...agentTarget, certificate: undefined } as never, 'handshakes', 64),
    ...FLOODS.map(({ name }) => on('public listener', publicTarget, name, 2)),
    ...FLOODS.map(({ name }) => on('listener of agents', agentTarget, name, 2)),
  ];
}

/** The requests of others for a while, and what the server's event loop was late by meanwhile. */
async function measured(sallyport: Sallyport, token: string, seconds: number) {
  await loopDelay(sallyport);
  const times = await others(sallyport, token, seconds);
  return { p99: percentile(times, 0.99), loopP99: await loopDelay(sallyport) };
}

/** p99 of the delay of the server's event loop since it was last asked, in milliseconds. */
async function loopDelay({ pids: [server = 0], folder }: Sallyport): Promise<number> {
  const file = join(folder, 'server', 'loop-delay');
  rmSync(file, { force: true });
  process.kill(server, 'SIGUSR2');
  const read = () => {
    try {
      return Number(readFileSync(file, 'utf8')) || undefined;
    } catch {
      return undefined;
    }
  };
  return awaitCondition(read, { what: 'the server has told', everyMs: 5, timeoutMs: 20_000 });
}

/** Times of the requests of a few connections that ask one thing after the other, with a pause in between. Rejects when one fails. */
async function others(sallyport: Sallyport, token: string, seconds: number): Promise<readonly number[]> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1_000;
  const victim = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: sallyport.caPem });
    try {
      while (performance.now() < end) {
        const began = performance.now();
        await ask(`${sallyport.baseUrl}${SMALL_PATH}`, agent, token);
        times.push(performance.now() - began);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } finally {
      agent.destroy();
    }
  };
  await Promise.all(Array.from({ length: VICTIMS }, victim));
  return times;
}

function ask(url: string, agent: Agent, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`)),
      );
    });
    request.on('error', reject);
  });
}
