import { join } from 'node:path';
import { type Plugin, runnerImport } from 'vite';

/** Modules that only compute a value from the operation table and the kinds, with the name that each exports. */
const MODULES: Readonly<Record<string, string>> = {
  [join(import.meta.dirname, 'src/api/contract.ts')]: 'contract',
  [join(import.meta.dirname, 'src/api/kind-schemas.ts')]: 'kindSchemas',
};
const conditions = ['@sallyport/source', 'module', 'node', 'default'];

/**
 * Puts the values of `src/api/contract.ts` and `src/api/kind-schemas.ts` in the place of the modules: computed anew by each build from
 * the contract itself, so that pages carry neither its schemas nor the library that reads them.
 */
export function contractPlugin(): Plugin {
  return {
    name: 'sallyport-contract',
    enforce: 'pre',
    async load(id) {
      const [file = ''] = id.split('?');
      const name = MODULES[file];
      if (name === undefined) return undefined;
      const { module } = await runnerImport<Readonly<Record<string, unknown>>>(file, {
        configFile: false,
        logLevel: 'error',
        root: import.meta.dirname,
        resolve: { conditions },
        ssr: { noExternal: [/^@sallyport\//], resolve: { conditions } },
      });
      return `export const ${name} = ${JSON.stringify(module[name])};`;
    },
  };
}
