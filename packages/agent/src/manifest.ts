/**
 * The install manifest of an agent, as objects and as YAML. Light enough for a server or a CLI to import: it loads
 * nothing of the agent itself.
 *
 * @packageDocumentation
 */
import { isDnsLabel, isId, type UpstreamMode } from '@sallyport/core';
import { stringify } from 'yaml';
import type { TunnelLink } from './config.ts';
import { AgentError } from './errors.ts';
import { pathOf } from './manifest-paths.ts';
import { ceilingBindings, type ManifestObject, rbacObjects } from './manifest-rbac.ts';
import { CEILING_ROLES, type CeilingRole, ceilingGroups } from './manifest-rights.ts';
import { type UninstallPlan, uninstallObjects, uninstallPlan } from './manifest-uninstall.ts';
import { type ManifestProxy, workloadObjects } from './manifest-workload.ts';

export type { ManifestObject } from './manifest-rbac.ts';
export type { CeilingRole } from './manifest-rights.ts';
export { ceilingGroups, INVENTORY_GROUP } from './manifest-rights.ts';
export type { UninstallPlan } from './manifest-uninstall.ts';
export type { AgentChartValues } from './manifest-values.ts';
export { manifestValues } from './manifest-values.ts';
export type { ManifestProxy } from './manifest-workload.ts';

/** What makes the RBAC part of a manifest. */
export interface AgentRbacOptions {
  /** Default `sallyport`. */
  readonly namespace?: string;
  /** Name of the service account and prefix of every other name. Default `sallyport-agent`. */
  readonly name?: string;
  /** ClusterRoles that people may be given. `cluster-admin` only when it is listed. Default view, edit, admin. */
  readonly ceiling?: readonly CeilingRole[];
  /** How people act in the cluster; the rights of the agent follow from it. Default `impersonate`. */
  readonly upstreamMode?: UpstreamMode;
  /** Gives the agent only the verbs of constrained impersonation (KEP-5284), which not every cluster has. Default false. */
  readonly constrainedImpersonation?: boolean;
  /**
   * Gives the agent the rights to make ClusterRoles from rules, with which its account could give anybody anything. Only where people
   * are bound. Default false.
   */
  readonly generatedRules?: boolean;
}

/** What makes a whole manifest. */
export interface AgentManifestOptions extends AgentRbacOptions {
  readonly serverUrl: string;
  readonly serverCaPem: string;
  /** Stands in a Secret of its own, which may be deleted once the agent has enrolled. */
  readonly joinToken: string;
  readonly clusterId: string;
  readonly clusterName: string;
  /** Public keys of the capability signer; the agent carries out nothing that they did not sign. */
  readonly capabilityJwks: unknown;
  readonly image: string;
  /** Default 2. */
  readonly replicas?: number;
  /** What tunnels run on. Default: what the agent does by itself, gRPC. */
  readonly tunnelLink?: TunnelLink;
  readonly proxy?: ManifestProxy;
}

const DEFAULT_CEILING: readonly CeilingRole[] = ['view', 'edit', 'admin'];

/**
 * All objects of an install, in the order of applying.
 * @throws AgentError `ERR_AGENT_MANIFEST`
 */
export function manifestObjects(options: AgentManifestOptions): ManifestObject[] {
  const installed = resolve(options, options.clusterId);
  const { namespace, labels, ceiling, upstreamMode } = installed;
  const namespaceObject: ManifestObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels, annotations: { 'sallyport.dev/cluster-name': options.clusterName } },
  };
  const rbac = rbacObjects(installed);
  const workload = (plan?: UninstallPlan) =>
    workloadObjects({
      ...installed,
      ...(plan && { uninstallPlan: plan }),
      serverUrl: options.serverUrl,
      serverCaPem: options.serverCaPem,
      joinToken: options.joinToken,
      clusterId: options.clusterId,
      capabilityJwks: options.capabilityJwks,
      image: options.image,
      replicas: options.replicas ?? 2,
      groups: ceilingGroups(ceiling, upstreamMode),
      clusterRoles: ceiling,
      upstreamMode,
      constrainedImpersonation: installed.constrainedImpersonation,
      generatedRules: installed.generatedRules,
      ...(options.tunnelLink && { tunnelLink: options.tunnelLink }),
      ...(options.proxy && { proxy: options.proxy }),
    });
  // The plan names the objects, and is a part of one of them. What another mode or ceiling bound goes, too.
  const formerBindings = ceilingBindings({ ...installed, ceiling: CEILING_ROLES });
  const present = new Set(rbac.map((object) => pathOf(object)));
  const removable = [...rbac, ...formerBindings.filter((object) => !present.has(pathOf(object))), ...workload()];
  return [
    namespaceObject,
    ...rbac,
    ...uninstallObjects(installed, removable),
    ...workload(uninstallPlan(installed, removable)),
  ];
}

/**
 * Namespace, service account and rights only: for an agent that runs outside the cluster, with a token of this service
 * account (`kubectl create token`, TokenRequest).
 * @throws AgentError `ERR_AGENT_MANIFEST`
 */
export function rbacOnly(options: AgentRbacOptions = {}): ManifestObject[] {
  const installed = resolve(options);
  const { namespace, labels } = installed;
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }, ...rbacObjects(installed)];
}

/**
 * The manifest as multi-document YAML. Built from objects, so every value is quoted as it has to be.
 * @throws AgentError `ERR_AGENT_MANIFEST`
 */
export function renderAgentManifest(options: AgentManifestOptions): string {
  return renderObjects(manifestObjects(options));
}

/** Writes objects as multi-document YAML. */
export function renderObjects(objects: readonly ManifestObject[]): string {
  // Long lines stay whole, and repeated labels are written out: YAML's aliases are a surprise to readers.
  // Version 1.1, because that is what kubectl reads: `yes`, `012` and `1:30` need quotes there.
  const format = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;
  return objects.map((object) => `---\n${stringify(object, format)}`).join('');
}

function resolve(options: AgentRbacOptions, clusterId?: string) {
  const { name = 'sallyport-agent', namespace = 'sallyport' } = options;
  for (const [what, value] of Object.entries({ name, namespace })) {
    if (!isDnsLabel(value)) throw invalid(`${what} ${JSON.stringify(value.slice(0, 80))} is no DNS label`);
  }
  if (clusterId !== undefined && !isId('cluster', clusterId)) {
    throw invalid(`${JSON.stringify(clusterId.slice(0, 80))} is no cluster id`);
  }
  const { upstreamMode = 'impersonate', generatedRules = false } = options;
  if (generatedRules && upstreamMode === 'impersonate') {
    throw invalid('rules are generated only in the modes managed and serviceAccounts');
  }
  return {
    namespace,
    name,
    ceiling: options.ceiling ?? DEFAULT_CEILING,
    upstreamMode,
    generatedRules,
    constrainedImpersonation: options.constrainedImpersonation ?? false,
    identitySecretName: `${name}-identity`,
    labels: {
      'app.kubernetes.io/name': 'sallyport-agent',
      'app.kubernetes.io/instance': name,
      'app.kubernetes.io/managed-by': 'sallyport',
      ...(clusterId !== undefined && { 'sallyport.dev/cluster': clusterId }),
    },
  };
}

function invalid(message: string): AgentError {
  return new AgentError({ code: 'ERR_AGENT_MANIFEST', message });
}
