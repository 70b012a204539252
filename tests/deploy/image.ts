/** Builds our images without a container engine: runs the stage of a Dockerfile that puts the file system together, in a folder. */

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository, run } from '../support/index.ts';

/** One instruction, continued lines joined. */
export interface Instruction {
  readonly name: string;
  readonly words: readonly string[];
  readonly text: string;
}

/** A stage, by its name; the last one has none. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly platform: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile into its stages. */
export function readDockerfile(program: 'agent' | 'server'): readonly Stage[] {
  const text = readFileSync(join(repository, `deploy/docker/Dockerfile.${program}`), 'utf8');
  const stages: { name: string; base: string; platform: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === '') throw new Error(`no instruction: ${line}`);
    if (name === 'FROM') {
      const words = rest.split(/\s+/);
      const platform = words[0]?.startsWith('--platform=') ? words.shift()?.slice('--platform='.length) : undefined;
      stages.push({ name: words[2] ?? '', base: words[0] ?? '', platform, instructions: [] });
    } else if (stages.length > 0) {
      stages.at(-1)?.instructions.push({ name, text: rest, words: rest.trim().split(/\s+/) });
    }
  }
  return stages;
}

/** An image, put together. */
export interface BuiltImage {
  /** Root of its file system. */
  readonly root: string;
  readonly entryPoint: readonly string[];
  /** Writes it as an archive that container runtimes import under a name. */
  archive(file: string, name: string): Promise<void>;
}

/**
 * Runs the stage `root` of a Dockerfile in `folder`: what it copies, and its very commands. What it takes from the stage `build` comes
 * from this checkout, which is built already.
 */
export async function buildImage(program: 'agent' | 'server', folder: string): Promise<BuiltImage> {
  const stages = readDockerfile(program);
  const workdir = join(folder, 'src');
  mkdirSync(workdir);
  for (const { name, words, text } of stages.find((stage) => stage.name === 'root')?.instructions ?? []) {
    if (name === 'COPY') {
      const [flag = '', ...rest] = words;
      const paths = flag.startsWith('--from=') ? rest.map((path) => path.replace(/^\/src\//, '')) : words;
      const target = paths.at(-1) ?? '';
      for (const path of paths.slice(0, -1)) {
        const to = join(workdir, target, target.endsWith('/') ? (path.split('/').at(-1) ?? '') : '');
        mkdirSync(dirname(to), { recursive: true });
        cpSync(join(repository, path), to, { recursive: true });
      }
    } else if (name === 'RUN') {
      const made = await run('sh', ['-c', text], { cwd: workdir, timeoutMs: 240_000, env: withoutNpm() });
      if (made.code !== 0) throw new Error(`${text} ended with ${made.code}:\n${made.stdout}${made.stderr}`);
    }
  }
  const last = stages.at(-1)?.instructions ?? [];
  const listOf = (name: string): readonly string[] =>
    JSON.parse(last.find((instruction) => instruction.name === name)?.text ?? '[]');
  const root = join(workdir, 'image');
  const entryPoint = listOf('ENTRYPOINT');
  return {
    root,
    entryPoint,
    async archive(file, name) {
      const packed = join(folder, 'packed');
      mkdirSync(packed);
      await tar(['-C', root, '--owner=0', '--group=0', '--numeric-owner', '-cf', join(packed, 'layer.tar'), '.']);
      const config = JSON.stringify({
        architecture: process.arch === 'x64' ? 'amd64' : process.arch,
        os: 'linux',
        config: { Entrypoint: entryPoint, Cmd: listOf('CMD'), User: last.find((one) => one.name === 'USER')?.text },
        rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(readFileSync(join(packed, 'layer.tar')))}`] },
        history: [{ created: '1970-01-01T00:00:00Z' }],
        created: '1970-01-01T00:00:00Z',
      });
      const configFile = `${sha256(config)}.json`;
      writeFileSync(join(packed, configFile), config);
      const manifest = [{ Config: configFile, RepoTags: [name], Layers: ['layer.tar'] }];
      writeFileSync(join(packed, 'manifest.json'), JSON.stringify(manifest));
      await tar(['-C', packed, '-cf', file, 'manifest.json', configFile, 'layer.tar']);
    },
  };
}

async function tar(words: readonly string[]): Promise<void> {
  const made = await run('tar', words);
  if (made.code !== 0) throw new Error(made.stderr);
}

function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Nothing that npm has set for the tests reaches the npm of an image. */
function withoutNpm(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) => name.startsWith('npm_'));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
