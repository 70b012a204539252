/** What people do with kubectl, at random, for as long as the run lasts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, part, start } from '../support/index.ts';
import type { Random } from './random.ts';

/** Somebody who works. */
export interface Worker {
  readonly email: string;
  readonly kubeconfig: string;
  readonly folder: string;
  readonly random: Random;
}

/** Where they work. */
export interface Place {
  readonly namespace: string;
  readonly pod: string;
}

/** Runs one command of kubectl; some are cut after a while, as people do. Says whether it went well. */
export async function work(worker: Worker, place: Place): Promise<boolean> {
  const { random } = worker;
  const [words, cutAfterMs] = await command(worker, place);
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
  const isCut = cutAfterMs !== undefined;
  const timer = setTimeout(
    () => program.child.kill(random.below(2) === 0 ? 'SIGKILL' : 'SIGTERM'),
    cutAfterMs ?? 60_000,
  );
  const { code } = await program.ended;
  clearTimeout(timer);
  return code === 0 || isCut;
}

async function command({ folder, random, email }: Worker, { pod }: Place): Promise<[readonly string[], number?]> {
  const name = `${email.split('@')[0]}-${random.below(3)}`;
  const some = 300 + random.below(4_000);
  switch (random.below(12)) {
    case 0:
      return [['get', 'pods']];
    case 1:
      return [['get', 'pod', pod, '-o', 'yaml']];
    case 2:
      return [['get', 'pods,configmaps', '-A']];
    case 3:
      return [['get', 'configmaps', '-w'], some];
    case 4:
      return [['logs', pod]];
    case 5:
      return [['logs', '-f', pod], some];
    case 6:
      return [['exec', pod, '--', 'sh', '-c', `echo here; sleep 0.${random.below(9)}`]];
    case 7:
      return [['exec', pod, '--', 'sleep', '100'], some];
    case 8:
      return [['port-forward', `pod/${pod}`, `${await freePort()}:8080`], some];
    case 9: {
      const file = join(folder, 'configmap.json');
      const data = { at: String(random.below(1_000_000)) };
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }));
      return [['apply', '-f', file]];
    }
    case 10:
      return [['delete', 'configmap', name, '--ignore-not-found', '--wait=false']];
    default:
      return [['get', '--raw', `/api/v1/namespaces/${'x'.repeat(1 + random.below(200))}`]];
  }
}
