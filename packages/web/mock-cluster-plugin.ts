import { join } from 'node:path';
import { type Plugin, runnerImport } from 'vite';

const conditions = ['@sallyport/source', 'module', 'node', 'default'];

/** Serves clusters while pages are developed: what pages ask of one goes to a fake kube-apiserver in this process. */
export function mockClusterPlugin(): Plugin {
  return {
    name: 'sallyport-mock-cluster',
    apply: 'serve',
    async configureServer({ middlewares, httpServer }) {
      const { module } = await runnerImport<typeof import('./mock-cluster.ts')>(
        join(import.meta.dirname, 'mock-cluster.ts'),
        {
          configFile: false,
          logLevel: 'error',
          root: import.meta.dirname,
          resolve: { conditions },
          ssr: { noExternal: [/^@sallyport\//], resolve: { conditions } },
        },
      );
      const mock = await module.startMockCluster();
      middlewares.use((request, response, next) => {
        if (!mock.answer(request, response)) next();
      });
      httpServer?.on('upgrade', (request, socket, head) => void mock.upgrade(request, socket, head));
      httpServer?.on('close', () => void mock.close());
    },
  };
}
