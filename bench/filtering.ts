/** What it costs to filter a list under many rules: CPU time of this process, since nothing else takes part. */
import { createByteSource } from '../packages/server/src/proxy/response/byte-source.ts';
import { createJudge } from '../packages/server/src/proxy/response/judge.ts';
import { readList } from '../packages/server/src/proxy/response/read-list.ts';
import { createTransform } from '../packages/server/src/proxy/response/transform.ts';
import { compileView, type View } from '../packages/server/src/proxy/response/view.ts';
import { inRounds } from './rounds.ts';
import type { Run } from './run.ts';

const ID = 'filtering';
const RULES = 2_000;
const OBJECT_BYTES = 2 << 10;
const LIST_BYTES = 8 << 20;
/** As they come out of the tunnel. */
const CHUNK_BYTES = 32 << 10;

/** Takes the rounds of this measure, when it is wanted. */
export async function measureFiltering(run: Run): Promise<void> {
  if (!run.isWanted(ID)) return;
  const list = aList();
  const byNames = compileView(
    Array.from({ length: RULES }, (_, i) => ({
      namespaces: { kind: 'names' as const, names: [`namespace-${i % 50}`] },
      names: [`pod-${i}`, `pod-${i + RULES}`],
    })),
    () => undefined,
  );
  const byLabels = compileView(
    Array.from({ length: RULES }, (_, i) => ({ labels: { matchLabels: { app: `app-${i}` } } })),
    () => undefined,
  );
  // The first reading finds code that no engine has compiled yet.
  filter(list, byNames);
  filter(list, byLabels);
  const rounds = await inRounds(
    run.roundCount,
    async () => ({ names: filter(list, byNames), labels: filter(list, byLabels) }),
    (error) => run.failed(ID, error),
  );
  run.goal({
    id: ID,
    title: `filtering a list of 2 KiB objects under ${RULES.toLocaleString('en')} rules, CPU per MiB`,
    unit: 'ms',
    goal: 'at most 12, better 6',
    rounds,
  });
}

/** CPU time in milliseconds per MiB. */
function filter(list: Buffer, view: View): number {
  const before = process.cpuUsage();
  const source = createByteSource(4 << 20);
  const judge = createJudge({ view, isMasking: false, areSecrets: false, areNamespaces: false });
  const transform = createTransform(source, (emit) => readList(source, judge, emit));
  for (let at = 0; at < list.length; at += CHUNK_BYTES) transform.push(list.subarray(at, at + CHUNK_BYTES));
  transform.end();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / (list.length / (1 << 20));
}

function aList(): Buffer {
  const items = Array.from({ length: LIST_BYTES / OBJECT_BYTES }, (_, i) => aPod(i));
  return Buffer.from(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items }));
}

/** A pod with the proportions of a real one: a third of it is managed fields. */
function aPod(i: number) {
  const container = (c: number) => ({
    name: `container-${c}`,
    image: `registry.example.test/team/image-${c}:v1.2.3`,
    env: Array.from({ length: 5 }, (_, e) => ({ name: `VARIABLE_${e}`, value: `value ${e} "quoted"` })),
    resources: { limits: { cpu: '100m', memory: '128Mi' }, requests: { cpu: '50m', memory: '64Mi' } },
  });
  const fields = Object.fromEntries(
    Array.from({ length: 12 }, (_, f) => [`f:field-${f}`, { '.': {}, 'f:name': {}, 'f:value': {} }]),
  );
  return {
    metadata: {
      name: `pod-${i}`,
      namespace: `namespace-${i % 100}`,
      uid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      resourceVersion: `${1_000_000 + i}`,
      labels: { app: `app-${i % 4_000}`, tier: 'backend' },
      managedFields: [
        { manager: 'kubelet', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: { 'f:status': fields } },
      ],
    },
    spec: { containers: [container(0), container(1)], nodeName: 'node-1' },
    status: { phase: 'Running', podIP: '192.0.2.7', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}
