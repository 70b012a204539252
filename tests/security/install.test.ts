import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createTestCertificateAuthority } from '@sallyport/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServerCheck } from '../../packages/server/src/doctor/check.ts';
import { bundlePrograms } from '../support/bundle.mjs';
import { run, temporaryFolder } from '../support/index.ts';

const folder = temporaryFolder('install');
const ca = createTestCertificateAuthority('of the company');
const other = createTestCertificateAuthority('of another company');
let provider: Server;
let issuer: string;
let program: string;

beforeAll(async () => {
  const { certificatePem: cert, keyPem: key } = ca.issueServer(['127.0.0.1']);
  provider = createServer({ cert, key }, (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ issuer }));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  issuer = `https://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  writeFileSync(join(folder, 'ca.pem'), ca.certificatePem);
  writeFileSync(join(folder, 'other.pem'), other.certificatePem);
  writeFileSync(join(folder, 'key'), randomBytes(32).toString('base64'));
  writeFileSync(
    join(folder, 'server.yaml'),
    JSON.stringify({
      stateDir: join(folder, 'state'),
      encryptionKeyFile: join(folder, 'key'),
      listen: '127.0.0.1:0',
      allowedIssuerAddresses: ['127.0.0.0/8'],
      identityProviders: [{ name: 'corp', issuer, clientId: 'sallyport' }],
    }),
  );
  program = join(await bundlePrograms('examine', { examine: 'tests/security/examine-program.ts' }), 'examine.mjs');
}, 60_000);
afterAll(() => void provider?.close());

/** What a server says of its identity provider, in a process that trusts the authorities of a file as well. */
async function askProvider(caFile: string | undefined): Promise<ServerCheck | undefined> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: caFile === undefined ? '' : join(folder, caFile) };
  const { stdout, stderr } = await run(process.execPath, [program, join(folder, 'server.yaml')], { env });
  expect(stdout, stderr).toContain('"configuration","result":"ok"');
  return (JSON.parse(stdout) as readonly ServerCheck[]).find(({ name }) => name === 'identity providers');
}

it('SEC-H12 an identity provider under a private CA is trusted when the machine is told of it, and refused otherwise', async () => {
  expect(await askProvider('ca.pem')).toMatchObject({ result: 'ok' });
  for (const caFile of [undefined, 'other.pem']) expect(await askProvider(caFile)).toMatchObject({ result: 'failed' });
}, 60_000);
