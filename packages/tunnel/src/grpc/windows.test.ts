import { expect, it, vi } from 'vitest';
import { createTestPki, dialTestGateway, startTestGateway } from '../testing/gateway-pair.ts';

// The hook is gone, as it would be after a change inside grpc-js: the assertion must tell.
vi.mock('./grpc-internals.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('./grpc-internals.ts')>();
  return { ...original, configureServer: () => {}, hookSessions: () => {} };
});

it('refuses tunnels with ERR_TUNNEL_WINDOW_TOO_SMALL when the windows of the server were not raised', async () => {
  const pki = createTestPki();
  const gateway = await startTestGateway(pki);
  await expect(dialTestGateway(pki, gateway)).rejects.toThrow(
    /ERR_TUNNEL_WINDOW_TOO_SMALL: our connection window for HTTP\/2 is 65535 bytes, needed are 33554432/,
  );
  expect(gateway.refused).toEqual([expect.objectContaining({ code: 'ERR_TUNNEL_WINDOW_TOO_SMALL' })]);
  await gateway.close();
});
