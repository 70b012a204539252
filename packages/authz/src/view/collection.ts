import type { RequestAttributes, ResourceAttributes } from '@sallyport/core';

/** Whether a request answers with a list or a stream of objects, which can be given in part. */
export function isListing(attributes: RequestAttributes): boolean {
  return attributes.kind === 'resource' && (attributes.verb === 'list' || attributes.verb === 'watch');
}

/** Whether a request is about namespaces as objects. */
export function isNamespaces(attributes: ResourceAttributes): boolean {
  return attributes.apiGroup === '' && attributes.resource === 'namespaces';
}

const CLUSTER_SCOPED: Readonly<Record<string, '*' | ReadonlySet<string>>> = {
  '': new Set(['nodes', 'persistentvolumes', 'componentstatuses']),
  'admissionregistration.k8s.io': '*',
  'apiextensions.k8s.io': '*',
  'apiregistration.k8s.io': '*',
  'authentication.k8s.io': '*',
  'certificates.k8s.io': '*',
  'flowcontrol.apiserver.k8s.io': '*',
  'networking.k8s.io': new Set(['ingressclasses']),
  'node.k8s.io': '*',
  policy: new Set(['podsecuritypolicies']),
  'rbac.authorization.k8s.io': new Set(['clusterroles', 'clusterrolebindings']),
  'scheduling.k8s.io': new Set(['priorityclasses']),
  'storage.k8s.io': new Set(['storageclasses', 'volumeattachments', 'csidrivers', 'csinodes']),
};

/**
 * Whether objects of a resource may be in namespaces. Kinds of Kubernetes itself that never are, are known; of every other
 * one it is assumed, so that a policy about a namespace stops a list that might show something of it.
 */
export function mayBeNamespaced(apiGroup: string, resource: string): boolean {
  const known = Object.hasOwn(CLUSTER_SCOPED, apiGroup) ? CLUSTER_SCOPED[apiGroup] : undefined;
  if (known === undefined) return true;
  return known !== '*' && !known.has(resource);
}
