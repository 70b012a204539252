import type { z } from 'zod';
import { accessPolicyKind } from './access-policy.ts';
import { auditSinkKind } from './audit-sink.ts';
import { bindingKind } from './binding.ts';
import { clusterKind } from './cluster.ts';
import { groupKind } from './group.ts';
import { identityProviderKind } from './identity-provider.ts';
import { installationKind } from './installation.ts';
import { notificationChannelKind } from './notification-channel.ts';
import { organizationKind } from './organization.ts';
import { projectKind } from './project.ts';
import { requestPolicyKind } from './request-policy.ts';
import { roleKind } from './role.ts';
import { serviceAccountKind } from './service-account.ts';
import { userKind } from './user.ts';
import { workloadIdentityKind } from './workload-identity.ts';

/**
 * Every kind of resource, in the order in which documents must be applied so that each finds what it refers to; deletion
 * goes the other way.
 */
export const kinds = {
  Installation: installationKind,
  Organization: organizationKind,
  Project: projectKind,
  Cluster: clusterKind,
  IdentityProvider: identityProviderKind,
  User: userKind,
  ServiceAccount: serviceAccountKind,
  WorkloadIdentity: workloadIdentityKind,
  Group: groupKind,
  Role: roleKind,
  Binding: bindingKind,
  AccessPolicy: accessPolicyKind,
  RequestPolicy: requestPolicyKind,
  NotificationChannel: notificationChannelKind,
  AuditSink: auditSinkKind,
} as const;

/** Name of a kind. */
export type KindName = keyof typeof kinds;

/** A resource of a kind, as the server answers with it. */
export type KindResource<Kind extends KindName> = z.output<(typeof kinds)[Kind]['resource']>;

/** The spec of a kind. */
export type KindSpec<Kind extends KindName> = z.output<(typeof kinds)[Kind]['spec']>;

/** A document of a kind, as people write it. */
export type ResourceDocument<Kind extends KindName = KindName> = z.input<(typeof kinds)[Kind]['document']>;
