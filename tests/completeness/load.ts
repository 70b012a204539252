/** What people do with kubectl, at random, for as long as the run lasts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, part, start } from '../support/index.ts';
import type { Random } from './random.ts';

/** Somebody who works. */
export interface Worker {
  readonly email: string;
  /** Whether they may write, and open terminals and forwards. */
  readonly mayWrite: boolean;
  readonly kubeconfig: string;
  readonly folder: string;
  readonly random: Random;
}

/** Where they work. */
export interface Place {
  readonly namespace: string;
  readonly pod: string;
}

/**
 * How a command ended: with exit code 0, with the answer that it was bound to get (what is not there, what may not be done), cut
 * by its owner, or otherwise.
 */
export type Ending = 'well' | 'refused' | 'cut' | 'failed';

/** A command that has ended. */
export interface Command {
  readonly ending: Ending;
  /** What it was, and the last thing it said. */
  readonly what: string;
}

interface Plan {
  readonly words: readonly string[];
  /** When it is cut, in milliseconds after its start, as people do. */
  readonly cutAfterMs?: number;
  /** What refuses it. */
  readonly refusal?: RegExp;
}

const LONGEST_MS = 60_000;

/** Runs one command of kubectl. */
export async function work(worker: Worker, place: Place): Promise<Command> {
  const { random } = worker;
  const { words, cutAfterMs, refusal } = await plan(worker, place);
  const kubectl = part('kubectl');
  const always = [
    '--kubeconfig',
    worker.kubeconfig,
    '--cache-dir',
    join(worker.folder, 'cache'),
    '-n',
    place.namespace,
  ];
  const program = start(kubectl, [...always, ...words]);
  let isCut = false;
  const timer = setTimeout(() => {
    isCut = cutAfterMs !== undefined;
    program.child.kill(random.below(2) === 0 ? 'SIGKILL' : 'SIGTERM');
  }, cutAfterMs ?? LONGEST_MS);
  const { code, stderr } = await program.ended;
  clearTimeout(timer);
  const what = `kubectl ${words.join(' ').slice(0, 80)}: ${stderr.trim().slice(-300)}`;
  if (isCut) return { ending: 'cut', what };
  if (code === 0) return { ending: 'well', what };
  return { ending: refusal?.test(stderr) ? 'refused' : 'failed', what };
}

async function plan({ folder, random, email, mayWrite }: Worker, { pod }: Place): Promise<Plan> {
  const name = `${email.split('@')[0]}-${random.below(3)}`;
  const cutAfterMs = 300 + random.below(4_000);
  const asWriter = mayWrite ? {} : { refusal: /forbidden/i };
  switch (random.below(12)) {
    case 0:
      return { words: ['get', 'pods'] };
    case 1:
      return { words: ['get', 'pod', pod, '-o', 'yaml'] };
    case 2:
      return { words: ['get', 'pods,configmaps', '-A'] };
    case 3:
      return { words: ['get', 'configmaps', '-w'], cutAfterMs };
    case 4:
      return { words: ['logs', pod] };
    case 5:
      return { words: ['logs', '-f', pod], cutAfterMs };
    case 6:
      return { words: ['exec', pod, '--', 'sh', '-c', `echo here; sleep 0.${random.below(9)}`], ...asWriter };
    case 7:
      return { words: ['exec', pod, '--', 'sleep', '100'], cutAfterMs, ...asWriter };
    case 8:
      return { words: ['port-forward', `pod/${pod}`, `${await freePort()}:8080`], cutAfterMs, ...asWriter };
    case 9: {
      const file = join(folder, 'configmap.json');
      const data = { at: String(random.below(1_000_000)) };
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }));
      return { words: ['apply', '-f', file], ...asWriter };
    }
    case 10:
      return { words: ['delete', 'configmap', name, '--ignore-not-found', '--wait=false'], ...asWriter };
    default: {
      const absent = 'x'.repeat(1 + random.below(200));
      return { words: ['get', '--raw', `/api/v1/namespaces/${absent}`], refusal: /NotFound/ };
    }
  }
}
