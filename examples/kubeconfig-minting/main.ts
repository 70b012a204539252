import { readFileSync } from 'node:fs';
import { CoreV1Api } from '@kubernetes/client-node';
import { createApiClient } from '@sallyport/core/api';
import { clientFor, mintFor } from './kubeconfig-minting.ts';

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`set ${name}`);
  return value;
}

// A server with a CA of its own: NODE_EXTRA_CA_CERTS names the file, which goes into the kubeconfig, too.
const baseUrl = variable('SALLYPORT_URL');
const caFile = process.env['NODE_EXTRA_CA_CERTS'];
const kubeconfig = await mintFor(createApiClient({ baseUrl, accessToken: () => variable('SALLYPORT_API_KEY') }), {
  baseUrl,
  organization: variable('SALLYPORT_ORGANIZATION'),
  cluster: variable('SALLYPORT_CLUSTER'),
  ...(caFile !== undefined && { caPem: readFileSync(caFile, 'utf8') }),
  lifetime: '10m',
});
const { items } = await clientFor(kubeconfig).makeApiClient(CoreV1Api).listPodForAllNamespaces();
for (const { metadata } of items) process.stdout.write(`${metadata?.namespace}/${metadata?.name}\n`);
