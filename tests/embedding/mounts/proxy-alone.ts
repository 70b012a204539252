import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import { type AuditSink, createAuditPipeline } from '@sallyport/audit';
import { systemClock } from '@sallyport/core';
import type { CredentialVerifier, SigningKeyRing } from '@sallyport/core/credentials';
import { createCapabilitySigner } from '@sallyport/core/credentials';
import { createAccessProxy, createMemorySnapshots, createTunnelRegistry, type MemoryWorld } from '@sallyport/server';
import { createNodeMount } from '@sallyport/server/node';
import type { Tunnel } from '@sallyport/tunnel';

/** What an embedder brings: who there is, how they prove it, what agents believe, and where events go. */
export interface Own {
  readonly world: MemoryWorld;
  readonly credentials: CredentialVerifier;
  readonly capabilityKeys: SigningKeyRing;
  readonly sink: AuditSink;
}

/** Serves clusters to kubectl, and nothing else. */
export function createFront({ world, credentials, capabilityKeys, sink }: Own, tls: { cert: string; key: string }) {
  const snapshots = createMemorySnapshots(world);
  const tunnels = createTunnelRegistry({ clock: systemClock });
  const proxy = createAccessProxy({
    ...{ credentials, snapshots, tunnels },
    capabilities: createCapabilitySigner({ keys: capabilityKeys }),
    audit: createAuditPipeline({ sinks: [{ sink, delivery: 'required' }] }),
  });
  const mount = createNodeMount({ proxy });
  const host: Server = createServer(tls, (request, response) => mount.request(request, response));
  host.on('upgrade', mount.upgrade);
  return {
    host,
    /** Takes what has changed: sessions that began or ended, roles, bindings. */
    replace: (next: MemoryWorld) => snapshots.replace(next),
    /** Takes the tunnel of an agent whose certificate was checked to be that cluster's. */
    connect: (clusterId: MemoryWorld['clusters'][number]['id'], tunnel: Tunnel) =>
      tunnels.add({
        ...{ clusterId, tunnel, agentVersion: 'own', openedAt: new Date() },
        ...{ certificateSerial: randomUUID(), instanceId: randomUUID() },
      }),
    close: () => proxy.close(),
  };
}
