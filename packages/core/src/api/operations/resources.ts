import { kinds } from '../kinds/index.ts';
import { inviteOwnerSchema, localLinkSchema } from '../local-users.ts';
import { listQuerySchema, readQuerySchema } from '../resource.ts';
import { create, get, list, remove, update } from './crud.ts';
import type { Operation } from './operation.ts';

const { Installation, Organization, Project, Cluster, User, Group, ServiceAccount, WorkloadIdentity } = kinds;
const { Role, Binding, AccessPolicy, RequestPolicy, NotificationChannel, AuditSink, IdentityProvider } = kinds;

/** Operations on resources, alike for every kind. */
export const resourceOperations = {
  getInstallation: {
    method: 'GET',
    path: '/installation',
    summary: 'Shows the settings of the installation',
    permission: 'installation.read',
    query: readQuerySchema,
    response: Installation.resource,
    status: 200,
  },
  updateInstallation: {
    method: 'PUT',
    path: '/installation',
    summary: 'Replaces the settings of the installation',
    permission: 'installation.update',
    body: Installation.document,
    response: Installation.resource,
    status: 200,
    isConditional: true,
  },
  listOrganizations: {
    method: 'GET',
    path: '/organizations',
    summary: 'Lists the organizations that the caller may see: the own one, or all from a binding on the installation',
    permission: 'organizations.read',
    query: listQuerySchema,
    response: Organization.page,
    status: 200,
  },
  createOrganization: {
    method: 'POST',
    path: '/organizations',
    summary: 'Creates an organization with its built-in roles',
    permission: 'organizations.create',
    body: Organization.document,
    response: Organization.resource,
    status: 201,
    isIdempotent: true,
  },
  inviteOwner: {
    method: 'POST',
    path: '/organizations/{organization}/owner-invitation',
    summary: 'Makes a local user the owner of an organization that has none, and issues the link by which they sign in',
    permission: 'organizations.create',
    body: inviteOwnerSchema,
    response: localLinkSchema,
    status: 201,
  },
  getOrganization: {
    method: 'GET',
    path: '/organizations/{organization}',
    summary: 'Shows one organization',
    permission: 'organizations.read',
    query: readQuerySchema,
    response: Organization.resource,
    status: 200,
  },
  updateOrganization: {
    method: 'PUT',
    path: '/organizations/{organization}',
    summary: 'Replaces the settings of an organization',
    permission: 'organizations.update',
    body: Organization.document,
    response: Organization.resource,
    status: 200,
    isConditional: true,
  },
  deleteOrganization: {
    method: 'DELETE',
    path: '/organizations/{organization}',
    summary: 'Deletes an organization with everything in it',
    permission: 'organizations.delete',
    status: 204,
    isConditional: true,
  },

  listProjects: list(Project),
  getProject: get(Project),
  createProject: create(Project),
  updateProject: update(Project),
  deleteProject: remove(Project),

  listClusters: list(Cluster),
  getCluster: get(Cluster),
  createCluster: create(Cluster),
  updateCluster: update(Cluster),
  deleteCluster: remove(Cluster),

  listUsers: list(User),
  getUser: get(User),
  createUser: create(User),
  updateUser: update(User),
  deleteUser: remove(User),

  listGroups: list(Group),
  getGroup: get(Group),
  createGroup: create(Group),
  updateGroup: update(Group),
  deleteGroup: remove(Group),

  listServiceAccounts: list(ServiceAccount),
  getServiceAccount: get(ServiceAccount),
  createServiceAccount: create(ServiceAccount),
  updateServiceAccount: update(ServiceAccount),
  deleteServiceAccount: remove(ServiceAccount),

  listWorkloadIdentities: list(WorkloadIdentity),
  getWorkloadIdentity: get(WorkloadIdentity),
  createWorkloadIdentity: create(WorkloadIdentity),
  updateWorkloadIdentity: update(WorkloadIdentity),
  deleteWorkloadIdentity: remove(WorkloadIdentity),

  listIdentityProviders: list(IdentityProvider),
  getIdentityProvider: get(IdentityProvider),
  createIdentityProvider: create(IdentityProvider),
  updateIdentityProvider: update(IdentityProvider),
  deleteIdentityProvider: remove(IdentityProvider),

  listRoles: list(Role),
  getRole: get(Role),
  createRole: create(Role),
  updateRole: update(Role),
  deleteRole: remove(Role),

  listBindings: list(Binding),
  getBinding: get(Binding),
  createBinding: create(Binding),
  updateBinding: update(Binding),
  deleteBinding: remove(Binding),

  listAccessPolicies: list(AccessPolicy),
  getAccessPolicy: get(AccessPolicy),
  createAccessPolicy: create(AccessPolicy),
  updateAccessPolicy: update(AccessPolicy),
  deleteAccessPolicy: remove(AccessPolicy),

  listRequestPolicies: list(RequestPolicy),
  getRequestPolicy: get(RequestPolicy),
  createRequestPolicy: create(RequestPolicy),
  updateRequestPolicy: update(RequestPolicy),
  deleteRequestPolicy: remove(RequestPolicy),

  listNotificationChannels: list(NotificationChannel),
  getNotificationChannel: get(NotificationChannel),
  createNotificationChannel: create(NotificationChannel),
  updateNotificationChannel: update(NotificationChannel),
  deleteNotificationChannel: remove(NotificationChannel),
  listAuditSinks: list(AuditSink),
  getAuditSink: get(AuditSink),
  createAuditSink: create(AuditSink),
  updateAuditSink: update(AuditSink),
  deleteAuditSink: remove(AuditSink),
} as const satisfies Readonly<Record<string, Operation>>;
