import { type AgentManifestOptions, renderAgentManifest } from '../manifest.ts';

/** What `deploy/agent.yaml` is rendered from: the shape of an install, with placeholders for what differs. */
export const SAMPLE_MANIFEST: AgentManifestOptions = {
  serverUrl: 'https://sallyport.example.com',
  serverCaPem: '-----BEGIN CERTIFICATE-----\nTHE CA OF YOUR SERVER\n-----END CERTIFICATE-----\n',
  joinToken: 'THE JOIN TOKEN',
  clusterId: 'clu_00000000000000000000000000',
  clusterName: 'prod',
  capabilityJwks: { keys: [] },
  image: 'sallyport/agent:0.0.0',
};

/** Content of `deploy/agent.yaml`. */
export function renderSampleManifest(): string {
  const header = [
    '# The install manifest of an agent, with placeholders. `sallyport clusters register NAME` prints it filled in.',
    '# Rendered by packages/agent/src/manifest.ts; a test compares the two.',
  ];
  return `${header.join('\n')}\n${renderAgentManifest(SAMPLE_MANIFEST)}`;
}
