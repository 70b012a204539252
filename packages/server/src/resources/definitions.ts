import type { KindName } from '@sallyport/core/api';
import type { ResourceDefinition } from './definition.ts';
import { accessPolicy } from './definitions/access-policy.ts';
import { auditSink } from './definitions/audit-sink.ts';
import { binding } from './definitions/binding.ts';
import { cluster } from './definitions/cluster.ts';
import { group } from './definitions/group.ts';
import { identityProvider } from './definitions/identity-provider.ts';
import { installation } from './definitions/installation.ts';
import { notificationChannel } from './definitions/notification-channel.ts';
import { organization } from './definitions/organization.ts';
import { project } from './definitions/project.ts';
import { requestPolicy } from './definitions/request-policy.ts';
import { role } from './definitions/role.ts';
import { serviceAccount } from './definitions/service-account.ts';
import { user } from './definitions/user.ts';
import { workloadIdentity } from './definitions/workload-identity.ts';

const definitions: { readonly [Kind in KindName]: ResourceDefinition<Kind> } = {
  Installation: installation,
  Organization: organization,
  Project: project,
  Cluster: cluster,
  IdentityProvider: identityProvider,
  User: user,
  ServiceAccount: serviceAccount,
  WorkloadIdentity: workloadIdentity,
  Group: group,
  Role: role,
  Binding: binding,
  AccessPolicy: accessPolicy,
  RequestPolicy: requestPolicy,
  NotificationChannel: notificationChannel,
  AuditSink: auditSink,
};

/** How a kind of resource is found, shown and changed. */
export function definitionOf<Kind extends KindName>(kind: Kind): ResourceDefinition<Kind> {
  return definitions[kind];
}
