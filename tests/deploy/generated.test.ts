import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/index.ts';
import { renderServerManifest, renderValuesTable, withVersion } from './generated.ts';
import { type ChartName, chartFolder, createRenderer, lacksRenderer } from './render/index.ts';

/** A file is what it is made from, or becomes it. */
function expectFile(path: string, content: string): void {
  if (process.env['SALLYPORT_WRITE'] === '1') writeFileSync(path, content);
  expect(readFileSync(path, 'utf8')).toBe(content);
}

describe('the pages of the charts', () => {
  for (const chart of ['sallyport-server', 'sallyport-agent'] as const satisfies readonly ChartName[]) {
    it(`list the values of ${chart} as values.yaml has them`, () => {
      const path = join(chartFolder(chart), 'README.md');
      const [before = '', after = ''] = readFileSync(path, 'utf8').split(/<!-- values -->[\s\S]*<!-- \/values -->/);
      expect(after).not.toBe('');
      expectFile(path, `${before}<!-- values -->\n${renderValuesTable(chart)}\n<!-- /values -->${after}`);
    });
  }
});

describe('the version of the packages', () => {
  for (const file of ['helm/sallyport-server/Chart.yaml', 'helm/sallyport-agent/Chart.yaml', 'compose/compose.yaml']) {
    it(`is that of deploy/${file}`, () => {
      const path = join(repository, 'deploy', file);
      const text = readFileSync(path, 'utf8');
      expect(withVersion('version: 0.0.0-x\nimage: sallyport/server:0.0.0-x}')).not.toContain('0.0.0-x');
      expectFile(path, withVersion(text));
    });
  }
});

describe.skipIf(lacksRenderer())('deploy/manifests/server.yaml', () => {
  const renderer = createRenderer();

  it('is what the chart of the server renders', async () => {
    expectFile(join(repository, 'deploy/manifests/server.yaml'), await renderServerManifest(renderer));
  }, 240_000);
});
