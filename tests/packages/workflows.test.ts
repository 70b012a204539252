import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../support/index.ts';

const folder = join(repository, 'docs/sample-ci');
const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly 'timeout-minutes'?: number;
        readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
      }
    >
  >;
}

for (const name of readdirSync(folder)) {
  describe(`the sample workflow ${name}`, () => {
    const text = readFileSync(join(folder, name), 'utf8');
    const workflow = parse(text) as Workflow;
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

    it('names each action by its commit, with the version for people', () => {
      const uses = [...text.matchAll(/^ *- uses: (.*)$/gm)].map(([, action]) => action);
      expect(uses.length).toBe(steps.filter((step) => step.uses !== undefined).length);
      for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    it('may only read, unless a job says what else it needs, and ends', () => {
      expect(workflow.permissions).toEqual({ contents: 'read' });
      for (const job of Object.values(workflow.jobs)) {
        expect(job['timeout-minutes']).toBeGreaterThan(0);
        const { contents = 'read', ...others } = job.permissions ?? {};
        expect(contents).toBe('read');
        expect(Object.keys(others)).toEqual(name === 'release.yml' ? ['id-token'] : []);
      }
    });

    it('runs commands that there are, and nothing of dependencies while it installs them', () => {
      for (const { run = '' } of steps) {
        const [, script] = /^npm run (\S+)/.exec(run) ?? [];
        if (script !== undefined) expect(scripts).toHaveProperty([script]);
        if (/npm (ci|install)/.test(run)) expect(run).toContain('--ignore-scripts');
      }
    });
  });
}
