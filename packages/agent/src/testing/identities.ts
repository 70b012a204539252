import { type ClusterId, clusterSanUri, createId } from '@sallyport/core';
import { createKeyAndRequest } from '@sallyport/core/credentials';
import { type AgentIdentity, makeIdentity } from '../identity/identity.ts';
import type { TestCa } from './test-ca.ts';

/** Makes an identity whose certificate is signed by `ca`. */
export async function anIdentity(
  ca: TestCa,
  options: { readonly clusterId?: ClusterId; readonly notBefore?: Date; readonly notAfter?: Date } = {},
): Promise<AgentIdentity> {
  const { clusterId = createId('cluster'), ...life } = options;
  const { privateKeyPem, csrPem } = createKeyAndRequest('sallyport-agent');
  return makeIdentity({
    clusterId,
    clusterName: 'prod',
    certificatePem: await ca.sign(csrPem, { uris: [clusterSanUri(clusterId)], ...life }),
    privateKeyPem,
    tunnel: { address: 'sallyport.example.com:443', serverName: 'agents.sallyport', caPem: ca.certificatePem },
  });
}
