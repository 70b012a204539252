import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { repository, run, temporaryFolder } from '../support/index.ts';
import { npm, publishedPackages } from './archives.ts';

interface Component {
  readonly type: string;
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly unknown[];
}

interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly serialNumber: string;
  readonly version: number;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** A node of `npm ls --json`. */
interface Installed {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Installed>>;
}

const folder = temporaryFolder('sbom');
const billOf = (name: string, version: string) =>
  JSON.parse(readFileSync(join(folder, `sallyport-${name}-${version}.cdx.json`), 'utf8')) as Bill;
const fullName = ({ group, name }: Component) => (group === undefined ? name : `${group}/${name}`);

beforeAll(async () => {
  expect(await run(process.execPath, ['.ci/sbom.mjs', folder], { cwd: repository })).toMatchObject({
    code: 0,
    stderr: '',
  });
});

for (const { manifest } of publishedPackages()) {
  const name = manifest.name.slice('@sallyport/'.length);

  describe(`the bill of materials of ${manifest.name}`, () => {
    it('is CycloneDX 1.5 whose references all lead somewhere', () => {
      const bill = billOf(name, manifest.version);
      expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 });
      // The pattern of the specification.
      expect(bill.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      const all = [bill.metadata.component, ...bill.components];
      const references = all.map((component) => component['bom-ref']);
      expect(new Set(references).size).toBe(references.length);
      for (const component of all) {
        expect(component.type).toBe('library');
        expect(component.purl).toBe(`pkg:npm/${fullName(component).replace('@', '%40')}@${component.version}`);
        expect(component.licenses, component.purl).toHaveLength(1);
        const isOurs = component.group === '@sallyport';
        // What comes from the registry is known by its content.
        if (!isOurs) expect(component.hashes?.length, component.purl).toBeGreaterThan(0);
        for (const { alg, content } of component.hashes ?? []) {
          expect(`${alg} ${content}`).toMatch(/^SHA-(512 [0-9a-f]{128}|1 [0-9a-f]{40})$/);
        }
      }
      expect(bill.dependencies.map(({ ref }) => ref).sort()).toEqual([...references].sort());
      const dangling = bill.dependencies
        .flatMap(({ dependsOn }) => dependsOn)
        .filter((ref) => !references.includes(ref));
      expect(dangling).toEqual([]);
    });

    it('has everything that npm has installed for it, and every direct dependency', async () => {
      const bill = billOf(name, manifest.version);
      const listed = new Set(bill.components.map((component) => `${fullName(component)}@${component.version}`));
      const { stdout } = await npm(['ls', '--all', '--json', '--omit=dev', '-w', manifest.name], { cwd: repository });
      const installed = new Set<string>();
      const collect = ({ dependencies = {} }: Installed) => {
        for (const [dependency, node] of Object.entries(dependencies)) {
          if (node.version !== undefined && dependency !== manifest.name)
            installed.add(`${dependency}@${node.version}`);
          collect(node);
        }
      };
      collect(JSON.parse(stdout) as Installed);
      expect(installed.size).toBeGreaterThan(0);
      // Types are peers that may be absent; development has them.
      expect([...installed].filter((one) => !listed.has(one) && !/^(@types\/|csstype@)/.test(one))).toEqual([]);
      const direct = Object.entries(manifest.dependencies ?? {}).map(
        ([dependency, version]) => `${dependency}@${version}`,
      );
      expect(direct.filter((one) => !listed.has(one))).toEqual([]);
    });
  });
}

it('is made alike each time', async () => {
  const again = temporaryFolder('sbom-again');
  await run(process.execPath, ['.ci/sbom.mjs', again], { cwd: repository });
  for (const { manifest } of publishedPackages()) {
    const file = `sallyport-${manifest.name.slice('@sallyport/'.length)}-${manifest.version}.cdx.json`;
    expect(readFileSync(join(again, file), 'utf8')).toBe(readFileSync(join(folder, file), 'utf8'));
  }
});
