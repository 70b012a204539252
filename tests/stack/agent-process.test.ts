import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createId } from '@sallyport/core';
import { createSigningKeyRing, generateSigningKey } from '@sallyport/core/credentials';
import { describe, expect, it } from 'vitest';
import { createTestCa } from '../../packages/agent/src/testing/test-ca.ts';
import { freePort, repository, start, temporaryFolder } from '../support/index.ts';

describe('an agent as a process of its own', () => {
  it('goes on dialling a server that is away, with nothing else to do, and ends in good order when it is told to', async () => {
    const folder = temporaryFolder();
    const file = (name: string, content: string): string => {
      const path = join(folder, name);
      writeFileSync(path, content, { mode: 0o600 });
      return path;
    };
    const ca = await createTestCa('nobody');
    const key = generateSigningKey();
    const [server, apiServer] = [await freePort(), await freePort()];
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [
        {
          name: 'c',
          cluster: {
            server: `https://127.0.0.1:${apiServer}`,
            'certificate-authority-data': Buffer.from(ca.certificatePem).toString('base64'),
          },
        },
      ],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    };
    const config = {
      server: `https://127.0.0.1:${server}`,
      serverCaFile: file('ca.pem', ca.certificatePem),
      clusterId: createId('cluster'),
      capabilityKeysFile: file(
        'capability-keys.json',
        JSON.stringify(createSigningKeyRing({ keys: [key], activeKeyId: key.keyId }).jwks()),
      ),
      joinTokenFile: file('join-token', 'sjt_none'),
      identityDirectory: join(folder, 'identity'),
      kubeconfig: file('kubeconfig', JSON.stringify(kubeconfig)),
      ceiling: 'sallyport:view',
      health: 'off',
    };
    const path = file('agent.yaml', JSON.stringify(config));
    const program = start(process.execPath, [join(repository, 'packages/agent/dist/main.js'), '--config', path]);
    await program.saw(/(?:trying again[\s\S]*){3}/);
    program.child.kill('SIGTERM');
    const { code, stdout, stderr } = await program.ended;
    expect(code, `${stdout}\n${stderr}`).toBe(0);
  }, 60_000);
});
