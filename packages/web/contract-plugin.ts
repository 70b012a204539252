import { join } from 'node:path';
import { type Plugin, runnerImport } from 'vite';

const MODULE = join(import.meta.dirname, 'src/api/contract.ts');
const conditions = ['@sallyport/source', 'module', 'node', 'default'];

/**
 * Puts the value of `src/api/contract.ts` in the place of the module: described anew by each build from the operation table
 * itself, so that pages carry neither its schemas nor the library that reads them.
 */
export function contractPlugin(): Plugin {
  return {
    name: 'sallyport-contract',
    enforce: 'pre',
    async load(id) {
      if (id.split('?')[0] !== MODULE) return undefined;
      const { module } = await runnerImport<{ contract: unknown }>(MODULE, {
        configFile: false,
        logLevel: 'error',
        root: import.meta.dirname,
        resolve: { conditions },
        ssr: { noExternal: [/^@sallyport\//], resolve: { conditions } },
      });
      return `export const contract = ${JSON.stringify(module.contract)};`;
    },
  };
}
