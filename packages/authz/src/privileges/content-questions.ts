import type { Privilege, RequestAttributes, ResourceAttributes } from '@sallyport/core';

/** What only the body of a request tells. */
export interface ContentQuestions {
  /** Privileges that the body may need. */
  readonly privileges: readonly Privilege[];
  /** What the request is, too, when its body brings a new object into being. */
  readonly creation?: ResourceAttributes;
  /** Whether the body may hold the mask of a Secret. */
  readonly mayHoldMask: boolean;
}

const WRITES_BODY: ReadonlySet<string> = new Set(['create', 'update', 'patch']);

/** Subresources whose body is a small object of its own, and never a pod or a template of one. */
const PLAIN_SUBRESOURCES: ReadonlySet<string> = new Set([
  'status',
  'scale',
  'eviction',
  'binding',
  'resize',
  'finalize',
  'approval',
  'token',
  'log',
  'exec',
  'attach',
  'portforward',
  'proxy',
]);

/**
 * Resources of the groups of {@link GROUPS_WITHOUT_PODS} that hold pods after all; and volumes, since one on a path of the node
 * opens to any pod what the privilege is about.
 */
const POD_RESOURCES: ReadonlySet<string> = new Set([
  'pods',
  'podtemplates',
  'replicationcontrollers',
  'jobs',
  'cronjobs',
  'persistentvolumes',
]);

/**
 * Groups of Kubernetes itself, whose resources hold no pod but for {@link POD_RESOURCES}. Every other group can: apps, and
 * custom resources that embed templates (rollouts, workflows, builds), which are known to nobody beforehand. So what is
 * written to any group that is not listed here is looked into.
 */
const GROUPS_WITHOUT_PODS: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'metrics.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

const NOTHING: ContentQuestions = { privileges: [], mayHoldMask: false };

/**
 * What the body of a request decides. By the words of the request alone, never by what the cluster says a resource is, so a
 * resource that was defined a second ago is judged like any other.
 */
export function contentQuestions(attributes: RequestAttributes): ContentQuestions {
  if (attributes.kind === 'nonResource' || !WRITES_BODY.has(attributes.verb)) return NOTHING;
  const isSecret = isSecrets(attributes);
  const mayCreate = attributes.verb !== 'create' && attributes.subresource === '';
  const privileges: Privilege[] = [];
  if (mayHoldPods(attributes)) privileges.push('privilegedPods');
  if (isSecret) privileges.push('serviceAccountTokens');
  if (!mayCreate && privileges.length === 0) return NOTHING;
  return { privileges, mayHoldMask: isSecret, ...(mayCreate && { creation: { ...attributes, verb: 'create' } }) };
}

/** Whether a request is about the Secrets of the core group. */
export function isSecrets(attributes: RequestAttributes): boolean {
  return attributes.kind === 'resource' && attributes.resource === 'secrets' && attributes.apiGroup === '';
}

function mayHoldPods({ apiGroup, resource, subresource }: ResourceAttributes): boolean {
  if (PLAIN_SUBRESOURCES.has(subresource)) return false;
  return !GROUPS_WITHOUT_PODS.has(apiGroup) || POD_RESOURCES.has(resource);
}
