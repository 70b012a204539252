import { type AgentManifestOptions, manifestObjects, manifestValues, renderObjects } from '@sallyport/agent/manifest';
import type { IssuedJoinToken, KindSpec } from '@sallyport/core/api';
import { formatData } from '../output/format.ts';
import { type ManifestChoice, readCeiling } from './manifest-flags.ts';

/** What an install manifest is made from. */
export interface InstallManifestOptions {
  readonly issued: IssuedJoinToken;
  /** How the agents of the cluster get out, and how people act there, as its spec says. */
  readonly agent: KindSpec<'Cluster'>['agent'];
  readonly choice: ManifestChoice;
  /** Version of this program: the one of the agent unless an image is chosen. */
  readonly version: string;
}

/** Writes the manifest that installs the agents of a cluster, or the values of the chart that does, in the form that was chosen. */
export async function installManifest({ issued, agent, choice, version }: InstallManifestOptions): Promise<string> {
  const { install, joinToken } = issued;
  const { proxyUrl, proxySecret, caPem, namespace, tunnelLink } = agent ?? {};
  const { upstreamMode, constrainedImpersonation, generatedRules } = agent ?? {};
  const options: AgentManifestOptions = {
    serverUrl: install.serverUrl,
    serverCaPem: [install.caPem.trimEnd(), caPem?.trim()].filter(Boolean).join('\n').concat('\n'),
    joinToken: joinToken.token,
    clusterId: install.clusterId,
    clusterName: install.clusterName,
    capabilityJwks: install.capabilityJwks,
    image: choice.image ?? `sallyport/agent:${version}`,
    ceiling: readCeiling(choice.ceiling),
    ...(namespace !== undefined && { namespace }),
    ...(upstreamMode !== undefined && { upstreamMode }),
    ...(constrainedImpersonation !== undefined && { constrainedImpersonation }),
    ...(generatedRules !== undefined && { generatedRules }),
    ...(tunnelLink !== undefined && { tunnelLink }),
    ...(proxyUrl !== undefined && {
      proxy: { url: proxyUrl, ...(proxySecret !== undefined && { secretName: proxySecret }) },
    }),
  };
  if (choice.output === 'helm') return formatData('yaml', manifestValues(options));
  const objects = manifestObjects(options);
  return choice.output === 'yaml'
    ? renderObjects(objects)
    : formatData('json', { apiVersion: 'v1', kind: 'List', items: objects });
}
