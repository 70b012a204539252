import { SERVER_DEFAULTS, type ServerConfig } from './config.ts';
import type { Listener } from './node/listener.ts';

/** The name that leads to where client certificates are asked for. */
export function certificateServerName(config: ServerConfig): string {
  return config.certificateServerName ?? SERVER_DEFAULTS.certificateServerName;
}

/** Every name that the front's own certificate must hold. */
export function hostNamesOf(config: ServerConfig, publicUrl: string): string[] {
  const names = new Set([
    new URL(publicUrl).hostname.replace(/^\[|\]$/g, ''),
    config.agentServerName,
    certificateServerName(config),
  ]);
  if (config.kubeHostDomain !== undefined) names.add(`*.${config.kubeHostDomain}`);
  if (config.mode === 'development') for (const name of ['localhost', '127.0.0.1']) names.add(name);
  return [...names];
}

/** Where agents dial, as host and port. */
export function agentAddress(publicUrl: string, agentListener: Listener | undefined): string {
  const { hostname, port } = new URL(publicUrl);
  if (agentListener !== undefined) return `${hostname}:${agentListener.port}`;
  return `${hostname}:${port || '443'}`;
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
