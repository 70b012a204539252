/** Renders the charts of `deploy/helm`: with Helm where there is one, else with the program beside this file. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { findPart, lacks, repository, run, temporaryFolder } from '../../support/index.ts';

/** A chart of ours. */
export type ChartName = 'sallyport-agent' | 'sallyport-server';

/** A Kubernetes object as a chart has it. */
export interface ChartObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the fields of any kind.
  readonly [field: string]: any;
}

/** Options of {@link ChartRenderer.render}. */
export interface RenderOptions {
  readonly chart: ChartName;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Default: the chart's name. */
  readonly release?: string;
  /** Default `sallyport`. */
  readonly namespace?: string;
  /** Default `v1.36.0`. */
  readonly kubeVersion?: string;
}

/** Renders charts. */
export interface ChartRenderer {
  /** Everything that the chart installs. Rejects with what the chart says of values that it can't take. */
  render(options: RenderOptions): Promise<ChartObject[]>;
}

/** Where Debian keeps the libraries that are written in Go. */
const GO_PATH = '/usr/share/gocode';

/** Folder of a chart. */
export function chartFolder(chart: ChartName): string {
  return join(repository, 'deploy/helm', chart);
}

/** Whether charts can't be rendered; says in one line what is missing. For `skipIf`. */
export function lacksRenderer(): boolean {
  if (findPart('helm') !== undefined) return false;
  if (lacks('go')) return true;
  if (existsSync(join(GO_PATH, 'src/github.com/Masterminds/sprig'))) return false;
  process.stderr.write('skipped: no sprig to render charts with (Debian: golang-github-masterminds-sprig-dev)\n');
  return true;
}

/** Makes the renderer ready, for the tests of the calling file. Call it inside a test or hook that {@link lacksRenderer} guards. */
export function createRenderer(): ChartRenderer {
  const folder = temporaryFolder('charts');
  let program: Promise<string> | undefined;
  const helm = findPart('helm');
  return {
    async render({ chart, values = {}, release = chart, namespace = 'sallyport', kubeVersion = 'v1.36.0' }) {
      if (helm !== undefined) {
        const words = [
          'template',
          release,
          chartFolder(chart),
          '--namespace',
          namespace,
          '--kube-version',
          kubeVersion,
        ];
        const made = await run(helm, [...words, '--values', '-'], { input: JSON.stringify(values) });
        if (made.code !== 0) throw new Error(made.stderr);
        return objectsOf(made.stdout);
      }
      program ??= build(folder);
      const made = await run(await program, [], {
        input: JSON.stringify({
          chart: chartFolder(chart),
          values,
          release: { name: release, namespace },
          kubeVersion,
        }),
      });
      if (made.code !== 0) throw new Error(made.stderr);
      const files = Object.entries(JSON.parse(made.stdout) as Readonly<Record<string, string>>);
      return files.filter(([name]) => name.endsWith('.yaml')).flatMap(([, text]) => objectsOf(text));
    },
  };
}

/** Reads a multi-document YAML file as kubectl does, by YAML 1.1. */
export function objectsOf(text: string): ChartObject[] {
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${document.errors[0]?.message}\n${text}`);
    const object = document.toJS() as ChartObject | null;
    return object === null ? [] : [object];
  });
}

async function build(folder: string): Promise<string> {
  const program = join(folder, 'render');
  const go = findPart('go') ?? 'go';
  const source = join(import.meta.dirname, 'main.go');
  const made = await run(go, ['build', '-o', program, source], {
    env: { GOPATH: GO_PATH, GO111MODULE: 'off', GOFLAGS: '', GOCACHE: join(folder, 'go') },
    timeoutMs: 240_000,
  });
  if (made.code !== 0) throw new Error(`the program that renders charts can't be built:\n${made.stderr}`);
  return program;
}
