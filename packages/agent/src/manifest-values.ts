import type { AgentManifestOptions } from './manifest.ts';

/** What the chart `deploy/helm/sallyport-agent` is told of a cluster. */
export interface AgentChartValues {
  readonly clusterId: string;
  readonly server: { readonly url: string; readonly ca: string };
  readonly capabilityKeys: unknown;
  readonly joinToken: string;
  readonly [value: string]: unknown;
}

/**
 * Values of the Helm chart that make it install what {@link manifestObjects} has, in a release of the manifest's name and namespace.
 * Only what was chosen is among them: for the rest, the chart has the same defaults.
 */
export function manifestValues(options: AgentManifestOptions): AgentChartValues {
  const { ceiling, upstreamMode, constrainedImpersonation, generatedRules, replicas, tunnelLink, proxy } = options;
  return {
    clusterId: options.clusterId,
    server: { url: options.serverUrl, ca: options.serverCaPem },
    capabilityKeys: options.capabilityJwks,
    joinToken: options.joinToken,
    image: imageValues(options.image),
    ...(ceiling && { ceiling }),
    ...(upstreamMode && { upstreamMode }),
    ...(constrainedImpersonation !== undefined && { constrainedImpersonation }),
    ...(generatedRules !== undefined && { generatedRules }),
    ...(replicas !== undefined && { replicas }),
    ...(tunnelLink && { tunnelLink }),
    ...(proxy && {
      proxy: { url: proxy.url, ...(proxy.secretName !== undefined && { existingSecret: proxy.secretName }) },
    }),
  };
}

/** Takes an image apart: a digest after `@`, else a tag after the last `:` that is no port. */
function imageValues(image: string): Readonly<Record<string, string>> {
  const at = image.indexOf('@');
  if (at !== -1) return { repository: image.slice(0, at), digest: image.slice(at + 1) };
  const colon = image.lastIndexOf(':');
  if (colon === -1 || image.includes('/', colon)) return { repository: image, tag: 'latest' };
  return { repository: image.slice(0, colon), tag: image.slice(colon + 1) };
}
