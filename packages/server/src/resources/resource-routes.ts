import type { OperationName } from '@sallyport/core/api';
import { withSinkHealth } from '../api/audit-sinks.ts';
import type { Handler } from '../api/context.ts';
import { withDeliveryHealth } from '../api/notifications.ts';
import { applyResources } from './apply-resources.ts';
import { resourceHandlers } from './handlers.ts';

const projects = resourceHandlers('Project');
const clusters = resourceHandlers('Cluster');
const users = resourceHandlers('User');
const groups = resourceHandlers('Group');
const serviceAccounts = resourceHandlers('ServiceAccount');
const workloadIdentities = resourceHandlers('WorkloadIdentity');
const identityProviders = resourceHandlers('IdentityProvider');
const roles = resourceHandlers('Role');
const bindings = resourceHandlers('Binding');
const accessPolicies = resourceHandlers('AccessPolicy');
const requestPolicies = resourceHandlers('RequestPolicy');
const notificationChannels = resourceHandlers('NotificationChannel');
const auditSinks = resourceHandlers('AuditSink');
const organization = resourceHandlers('Organization');

/** What carries out the operations on resources. */
export const resourceRoutes = {
  getOrganization: organization.get,
  updateOrganization: organization.update,

  listProjects: projects.list,
  getProject: projects.get,
  createProject: projects.create,
  updateProject: projects.update,
  deleteProject: projects.remove,

  listClusters: clusters.list,
  getCluster: clusters.get,
  createCluster: clusters.create,
  updateCluster: clusters.update,
  deleteCluster: clusters.remove,

  listUsers: users.list,
  getUser: users.get,
  createUser: users.create,
  updateUser: users.update,
  deleteUser: users.remove,

  listGroups: groups.list,
  getGroup: groups.get,
  createGroup: groups.create,
  updateGroup: groups.update,
  deleteGroup: groups.remove,

  listServiceAccounts: serviceAccounts.list,
  getServiceAccount: serviceAccounts.get,
  createServiceAccount: serviceAccounts.create,
  updateServiceAccount: serviceAccounts.update,
  deleteServiceAccount: serviceAccounts.remove,

  listWorkloadIdentities: workloadIdentities.list,
  getWorkloadIdentity: workloadIdentities.get,
  createWorkloadIdentity: workloadIdentities.create,
  updateWorkloadIdentity: workloadIdentities.update,
  deleteWorkloadIdentity: workloadIdentities.remove,

  listIdentityProviders: identityProviders.list,
  getIdentityProvider: identityProviders.get,
  createIdentityProvider: identityProviders.create,
  updateIdentityProvider: identityProviders.update,
  deleteIdentityProvider: identityProviders.remove,

  listRoles: roles.list,
  getRole: roles.get,
  createRole: roles.create,
  updateRole: roles.update,
  deleteRole: roles.remove,

  listBindings: bindings.list,
  getBinding: bindings.get,
  createBinding: bindings.create,
  updateBinding: bindings.update,
  deleteBinding: bindings.remove,

  listAccessPolicies: accessPolicies.list,
  getAccessPolicy: accessPolicies.get,
  createAccessPolicy: accessPolicies.create,
  updateAccessPolicy: accessPolicies.update,
  deleteAccessPolicy: accessPolicies.remove,

  listRequestPolicies: requestPolicies.list,
  getRequestPolicy: requestPolicies.get,
  createRequestPolicy: requestPolicies.create,
  updateRequestPolicy: requestPolicies.update,
  deleteRequestPolicy: requestPolicies.remove,

  listNotificationChannels: withDeliveryHealth(notificationChannels.list),
  getNotificationChannel: withDeliveryHealth(notificationChannels.get),
  createNotificationChannel: notificationChannels.create,
  updateNotificationChannel: withDeliveryHealth(notificationChannels.update),
  deleteNotificationChannel: notificationChannels.remove,

  listAuditSinks: withSinkHealth(auditSinks.list),
  getAuditSink: withSinkHealth(auditSinks.get),
  createAuditSink: withSinkHealth(auditSinks.create),
  updateAuditSink: withSinkHealth(auditSinks.update),
  deleteAuditSink: auditSinks.remove,

  applyResources,
} as const satisfies Partial<Record<OperationName, Handler>>;
