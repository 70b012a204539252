// Made from the operations of the contract (node .ci/checks/calls.mjs --write).
import type { Call } from './caller.ts';

/** Shows the settings of the installation. */
export const getInstallation: Call<'getInstallation'> = {
  name: 'getInstallation',
  method: 'GET',
  path: '/installation',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces the settings of the installation. */
export const updateInstallation: Call<'updateInstallation'> = {
  name: 'updateInstallation',
  method: 'PUT',
  path: '/installation',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Lists the organizations that the caller may see: the own one, or all from a binding on the installation. */
export const listOrganizations: Call<'listOrganizations'> = {
  name: 'listOrganizations',
  method: 'GET',
  path: '/organizations',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' } }] },
};

/** Creates an organization with its built-in roles. */
export const createOrganization: Call<'createOrganization'> = {
  name: 'createOrganization',
  method: 'POST',
  path: '/organizations',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Makes a local user the owner of an organization that has none, and issues the link by which they sign in. */
export const inviteOwner: Call<'inviteOwner'> = {
  name: 'inviteOwner',
  method: 'POST',
  path: '/organizations/{organization}/owner-invitation',
  status: 201,
  required: ['link', 'expiresAt'],
  instants: { expiresAt: 'd' },
};

/** Shows one organization. */
export const getOrganization: Call<'getOrganization'> = {
  name: 'getOrganization',
  method: 'GET',
  path: '/organizations/{organization}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces the settings of an organization. */
export const updateOrganization: Call<'updateOrganization'> = {
  name: 'updateOrganization',
  method: 'PUT',
  path: '/organizations/{organization}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Deletes an organization with everything in it. */
export const deleteOrganization: Call<'deleteOrganization'> = {
  name: 'deleteOrganization',
  method: 'DELETE',
  path: '/organizations/{organization}',
  status: 204,
};

/** Lists the resources of kind Project that the caller may see. */
export const listProjects: Call<'listProjects'> = {
  name: 'listProjects',
  method: 'GET',
  path: '/organizations/{organization}/projects',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' } }] },
};

/** Shows one Project. */
export const getProject: Call<'getProject'> = {
  name: 'getProject',
  method: 'GET',
  path: '/organizations/{organization}/projects/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Creates a Project. */
export const createProject: Call<'createProject'> = {
  name: 'createProject',
  method: 'POST',
  path: '/organizations/{organization}/projects',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces a Project. */
export const updateProject: Call<'updateProject'> = {
  name: 'updateProject',
  method: 'PUT',
  path: '/organizations/{organization}/projects/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Deletes a Project. */
export const deleteProject: Call<'deleteProject'> = {
  name: 'deleteProject',
  method: 'DELETE',
  path: '/organizations/{organization}/projects/{name}',
  status: 204,
};

/** Lists the resources of kind Cluster that the caller may see. */
export const listClusters: Call<'listClusters'> = {
  name: 'listClusters',
  method: 'GET',
  path: '/organizations/{organization}/clusters',
  status: 200,
  required: ['items', 'metadata'],
  instants: {
    items: [{ metadata: { createdAt: 'd', updatedAt: 'd' }, status: { health: { changedAt: 'd', observedAt: 'd' } } }],
  },
};

/** Shows one Cluster. */
export const getCluster: Call<'getCluster'> = {
  name: 'getCluster',
  method: 'GET',
  path: '/organizations/{organization}/clusters/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { health: { changedAt: 'd', observedAt: 'd' } } },
};

/** Creates a Cluster. */
export const createCluster: Call<'createCluster'> = {
  name: 'createCluster',
  method: 'POST',
  path: '/organizations/{organization}/clusters',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { health: { changedAt: 'd', observedAt: 'd' } } },
};

/** Replaces a Cluster. */
export const updateCluster: Call<'updateCluster'> = {
  name: 'updateCluster',
  method: 'PUT',
  path: '/organizations/{organization}/clusters/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { health: { changedAt: 'd', observedAt: 'd' } } },
};

/** Deletes a Cluster. */
export const deleteCluster: Call<'deleteCluster'> = {
  name: 'deleteCluster',
  method: 'DELETE',
  path: '/organizations/{organization}/clusters/{name}',
  status: 204,
};

/** Lists the resources of kind User that the caller may see. */
export const listUsers: Call<'listUsers'> = {
  name: 'listUsers',
  method: 'GET',
  path: '/organizations/{organization}/users',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastLoginAt: 'd' } }] },
};

/** Shows one User. */
export const getUser: Call<'getUser'> = {
  name: 'getUser',
  method: 'GET',
  path: '/organizations/{organization}/users/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastLoginAt: 'd' } },
};

/** Creates a User. */
export const createUser: Call<'createUser'> = {
  name: 'createUser',
  method: 'POST',
  path: '/organizations/{organization}/users',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastLoginAt: 'd' } },
};

/** Replaces a User. */
export const updateUser: Call<'updateUser'> = {
  name: 'updateUser',
  method: 'PUT',
  path: '/organizations/{organization}/users/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastLoginAt: 'd' } },
};

/** Deletes a User. */
export const deleteUser: Call<'deleteUser'> = {
  name: 'deleteUser',
  method: 'DELETE',
  path: '/organizations/{organization}/users/{name}',
  status: 204,
};

/** Lists the resources of kind Group that the caller may see. */
export const listGroups: Call<'listGroups'> = {
  name: 'listGroups',
  method: 'GET',
  path: '/organizations/{organization}/groups',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' } }] },
};

/** Shows one Group. */
export const getGroup: Call<'getGroup'> = {
  name: 'getGroup',
  method: 'GET',
  path: '/organizations/{organization}/groups/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Creates a Group. */
export const createGroup: Call<'createGroup'> = {
  name: 'createGroup',
  method: 'POST',
  path: '/organizations/{organization}/groups',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces a Group. */
export const updateGroup: Call<'updateGroup'> = {
  name: 'updateGroup',
  method: 'PUT',
  path: '/organizations/{organization}/groups/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Deletes a Group. */
export const deleteGroup: Call<'deleteGroup'> = {
  name: 'deleteGroup',
  method: 'DELETE',
  path: '/organizations/{organization}/groups/{name}',
  status: 204,
};

/** Lists the resources of kind ServiceAccount that the caller may see. */
export const listServiceAccounts: Call<'listServiceAccounts'> = {
  name: 'listServiceAccounts',
  method: 'GET',
  path: '/organizations/{organization}/service-accounts',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' } }] },
};

/** Shows one ServiceAccount. */
export const getServiceAccount: Call<'getServiceAccount'> = {
  name: 'getServiceAccount',
  method: 'GET',
  path: '/organizations/{organization}/service-accounts/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Creates a ServiceAccount. */
export const createServiceAccount: Call<'createServiceAccount'> = {
  name: 'createServiceAccount',
  method: 'POST',
  path: '/organizations/{organization}/service-accounts',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces a ServiceAccount. */
export const updateServiceAccount: Call<'updateServiceAccount'> = {
  name: 'updateServiceAccount',
  method: 'PUT',
  path: '/organizations/{organization}/service-accounts/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Deletes a ServiceAccount. */
export const deleteServiceAccount: Call<'deleteServiceAccount'> = {
  name: 'deleteServiceAccount',
  method: 'DELETE',
  path: '/organizations/{organization}/service-accounts/{name}',
  status: 204,
};

/** Lists the resources of kind WorkloadIdentity that the caller may see. */
export const listWorkloadIdentities: Call<'listWorkloadIdentities'> = {
  name: 'listWorkloadIdentities',
  method: 'GET',
  path: '/organizations/{organization}/workload-identities',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' } }] },
};

/** Shows one WorkloadIdentity. */
export const getWorkloadIdentity: Call<'getWorkloadIdentity'> = {
  name: 'getWorkloadIdentity',
  method: 'GET',
  path: '/organizations/{organization}/workload-identities/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Creates a WorkloadIdentity. */
export const createWorkloadIdentity: Call<'createWorkloadIdentity'> = {
  name: 'createWorkloadIdentity',
  method: 'POST',
  path: '/organizations/{organization}/workload-identities',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces a WorkloadIdentity. */
export const updateWorkloadIdentity: Call<'updateWorkloadIdentity'> = {
  name: 'updateWorkloadIdentity',
  method: 'PUT',
  path: '/organizations/{organization}/workload-identities/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Deletes a WorkloadIdentity. */
export const deleteWorkloadIdentity: Call<'deleteWorkloadIdentity'> = {
  name: 'deleteWorkloadIdentity',
  method: 'DELETE',
  path: '/organizations/{organization}/workload-identities/{name}',
  status: 204,
};

/** Lists the resources of kind IdentityProvider that the caller may see. */
export const listIdentityProviders: Call<'listIdentityProviders'> = {
  name: 'listIdentityProviders',
  method: 'GET',
  path: '/organizations/{organization}/identity-providers',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' }, status: { scim: { tokenIssuedAt: 'd' } } }] },
};

/** Shows one IdentityProvider. */
export const getIdentityProvider: Call<'getIdentityProvider'> = {
  name: 'getIdentityProvider',
  method: 'GET',
  path: '/organizations/{organization}/identity-providers/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { scim: { tokenIssuedAt: 'd' } } },
};

/** Creates a IdentityProvider. */
export const createIdentityProvider: Call<'createIdentityProvider'> = {
  name: 'createIdentityProvider',
  method: 'POST',
  path: '/organizations/{organization}/identity-providers',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { scim: { tokenIssuedAt: 'd' } } },
};

/** Replaces a IdentityProvider. */
export const updateIdentityProvider: Call<'updateIdentityProvider'> = {
  name: 'updateIdentityProvider',
  method: 'PUT',
  path: '/organizations/{organization}/identity-providers/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { scim: { tokenIssuedAt: 'd' } } },
};

/** Deletes a IdentityProvider. */
export const deleteIdentityProvider: Call<'deleteIdentityProvider'> = {
  name: 'deleteIdentityProvider',
  method: 'DELETE',
  path: '/organizations/{organization}/identity-providers/{name}',
  status: 204,
};

/** Lists the resources of kind Role that the caller may see. */
export const listRoles: Call<'listRoles'> = {
  name: 'listRoles',
  method: 'GET',
  path: '/organizations/{organization}/roles',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' } }] },
};

/** Shows one Role. */
export const getRole: Call<'getRole'> = {
  name: 'getRole',
  method: 'GET',
  path: '/organizations/{organization}/roles/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Creates a Role. */
export const createRole: Call<'createRole'> = {
  name: 'createRole',
  method: 'POST',
  path: '/organizations/{organization}/roles',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces a Role. */
export const updateRole: Call<'updateRole'> = {
  name: 'updateRole',
  method: 'PUT',
  path: '/organizations/{organization}/roles/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Deletes a Role. */
export const deleteRole: Call<'deleteRole'> = {
  name: 'deleteRole',
  method: 'DELETE',
  path: '/organizations/{organization}/roles/{name}',
  status: 204,
};

/** Lists the resources of kind Binding that the caller may see. */
export const listBindings: Call<'listBindings'> = {
  name: 'listBindings',
  method: 'GET',
  path: '/organizations/{organization}/bindings',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' } }] },
};

/** Shows one Binding. */
export const getBinding: Call<'getBinding'> = {
  name: 'getBinding',
  method: 'GET',
  path: '/organizations/{organization}/bindings/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Creates a Binding. */
export const createBinding: Call<'createBinding'> = {
  name: 'createBinding',
  method: 'POST',
  path: '/organizations/{organization}/bindings',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces a Binding. */
export const updateBinding: Call<'updateBinding'> = {
  name: 'updateBinding',
  method: 'PUT',
  path: '/organizations/{organization}/bindings/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Deletes a Binding. */
export const deleteBinding: Call<'deleteBinding'> = {
  name: 'deleteBinding',
  method: 'DELETE',
  path: '/organizations/{organization}/bindings/{name}',
  status: 204,
};

/** Lists the resources of kind AccessPolicy that the caller may see. */
export const listAccessPolicies: Call<'listAccessPolicies'> = {
  name: 'listAccessPolicies',
  method: 'GET',
  path: '/organizations/{organization}/access-policies',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' } }] },
};

/** Shows one AccessPolicy. */
export const getAccessPolicy: Call<'getAccessPolicy'> = {
  name: 'getAccessPolicy',
  method: 'GET',
  path: '/organizations/{organization}/access-policies/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Creates a AccessPolicy. */
export const createAccessPolicy: Call<'createAccessPolicy'> = {
  name: 'createAccessPolicy',
  method: 'POST',
  path: '/organizations/{organization}/access-policies',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces a AccessPolicy. */
export const updateAccessPolicy: Call<'updateAccessPolicy'> = {
  name: 'updateAccessPolicy',
  method: 'PUT',
  path: '/organizations/{organization}/access-policies/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Deletes a AccessPolicy. */
export const deleteAccessPolicy: Call<'deleteAccessPolicy'> = {
  name: 'deleteAccessPolicy',
  method: 'DELETE',
  path: '/organizations/{organization}/access-policies/{name}',
  status: 204,
};

/** Lists the resources of kind RequestPolicy that the caller may see. */
export const listRequestPolicies: Call<'listRequestPolicies'> = {
  name: 'listRequestPolicies',
  method: 'GET',
  path: '/organizations/{organization}/request-policies',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' } }] },
};

/** Shows one RequestPolicy. */
export const getRequestPolicy: Call<'getRequestPolicy'> = {
  name: 'getRequestPolicy',
  method: 'GET',
  path: '/organizations/{organization}/request-policies/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Creates a RequestPolicy. */
export const createRequestPolicy: Call<'createRequestPolicy'> = {
  name: 'createRequestPolicy',
  method: 'POST',
  path: '/organizations/{organization}/request-policies',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Replaces a RequestPolicy. */
export const updateRequestPolicy: Call<'updateRequestPolicy'> = {
  name: 'updateRequestPolicy',
  method: 'PUT',
  path: '/organizations/{organization}/request-policies/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' } },
};

/** Deletes a RequestPolicy. */
export const deleteRequestPolicy: Call<'deleteRequestPolicy'> = {
  name: 'deleteRequestPolicy',
  method: 'DELETE',
  path: '/organizations/{organization}/request-policies/{name}',
  status: 204,
};

/** Lists the resources of kind NotificationChannel that the caller may see. */
export const listNotificationChannels: Call<'listNotificationChannels'> = {
  name: 'listNotificationChannels',
  method: 'GET',
  path: '/organizations/{organization}/notification-channels',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastDeliveredAt: 'd' } }] },
};

/** Shows one NotificationChannel. */
export const getNotificationChannel: Call<'getNotificationChannel'> = {
  name: 'getNotificationChannel',
  method: 'GET',
  path: '/organizations/{organization}/notification-channels/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastDeliveredAt: 'd' } },
};

/** Creates a NotificationChannel. */
export const createNotificationChannel: Call<'createNotificationChannel'> = {
  name: 'createNotificationChannel',
  method: 'POST',
  path: '/organizations/{organization}/notification-channels',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastDeliveredAt: 'd' } },
};

/** Replaces a NotificationChannel. */
export const updateNotificationChannel: Call<'updateNotificationChannel'> = {
  name: 'updateNotificationChannel',
  method: 'PUT',
  path: '/organizations/{organization}/notification-channels/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastDeliveredAt: 'd' } },
};

/** Deletes a NotificationChannel. */
export const deleteNotificationChannel: Call<'deleteNotificationChannel'> = {
  name: 'deleteNotificationChannel',
  method: 'DELETE',
  path: '/organizations/{organization}/notification-channels/{name}',
  status: 204,
};

/** Lists the resources of kind AuditSink that the caller may see. */
export const listAuditSinks: Call<'listAuditSinks'> = {
  name: 'listAuditSinks',
  method: 'GET',
  path: '/organizations/{organization}/audit-sinks',
  status: 200,
  required: ['items', 'metadata'],
  instants: {
    items: [{ metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastDeliveredAt: 'd', failingSince: 'd' } }],
  },
};

/** Shows one AuditSink. */
export const getAuditSink: Call<'getAuditSink'> = {
  name: 'getAuditSink',
  method: 'GET',
  path: '/organizations/{organization}/audit-sinks/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastDeliveredAt: 'd', failingSince: 'd' } },
};

/** Creates a AuditSink. */
export const createAuditSink: Call<'createAuditSink'> = {
  name: 'createAuditSink',
  method: 'POST',
  path: '/organizations/{organization}/audit-sinks',
  status: 201,
  isIdempotent: true,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastDeliveredAt: 'd', failingSince: 'd' } },
};

/** Replaces a AuditSink. */
export const updateAuditSink: Call<'updateAuditSink'> = {
  name: 'updateAuditSink',
  method: 'PUT',
  path: '/organizations/{organization}/audit-sinks/{name}',
  status: 200,
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  instants: { metadata: { createdAt: 'd', updatedAt: 'd' }, status: { lastDeliveredAt: 'd', failingSince: 'd' } },
};

/** Deletes a AuditSink. */
export const deleteAuditSink: Call<'deleteAuditSink'> = {
  name: 'deleteAuditSink',
  method: 'DELETE',
  path: '/organizations/{organization}/audit-sinks/{name}',
  status: 204,
};

/** Lists the keys of the installation, never their secrets: which sign, which are announced, which still verify. */
export const listKeys: Call<'listKeys'> = {
  name: 'listKeys',
  method: 'GET',
  path: '/installation/keys',
  status: 200,
  required: ['items'],
  instants: { items: [{ createdAt: 'd', signsFrom: 'd', verifiesUntil: 'd', rotatesAt: 'd' }] },
};

/** Rotates the key of a purpose; answers the keys of the purpose. */
export const rotateKeys: Call<'rotateKeys'> = {
  name: 'rotateKeys',
  method: 'POST',
  path: '/installation/keys/{purpose}/rotate',
  status: 200,
  required: ['items'],
  instants: { items: [{ createdAt: 'd', signsFrom: 'd', verifiesUntil: 'd', rotatesAt: 'd' }] },
};

/** Issues a link by which a local user sets up what they sign in with; an earlier link ends. */
export const inviteUser: Call<'inviteUser'> = {
  name: 'inviteUser',
  method: 'POST',
  path: '/organizations/{organization}/users/{name}/invitation',
  status: 201,
  required: ['link', 'expiresAt'],
  instants: { expiresAt: 'd' },
};

/** Removes what a local user signs in with, ends their login sessions, and issues a recovery link. */
export const resetUser: Call<'resetUser'> = {
  name: 'resetUser',
  method: 'POST',
  path: '/organizations/{organization}/users/{name}/reset',
  status: 201,
  required: ['link', 'expiresAt', 'endedCount'],
  instants: { expiresAt: 'd' },
};

/** Demands that a local user replaces their password at the next login. */
export const demandPasswordChange: Call<'demandPasswordChange'> = {
  name: 'demandPasswordChange',
  method: 'POST',
  path: '/organizations/{organization}/users/{name}/password-change',
  status: 204,
};

/** Shows what a local user signs in with, never the secrets. */
export const getUserFactors: Call<'getUserFactors'> = {
  name: 'getUserFactors',
  method: 'GET',
  path: '/organizations/{organization}/users/{name}/factors',
  status: 200,
  required: ['hasPassword', 'mustChangePassword', 'hasTotp', 'recoveryCodesLeft', 'passkeys'],
  instants: { passkeys: [{ createdAt: 'd', lastUsedAt: 'd' }] },
};

/** Shows what the caller signs in with, never the secrets. */
export const getMyFactors: Call<'getMyFactors'> = {
  name: 'getMyFactors',
  method: 'GET',
  path: '/me/factors',
  status: 200,
  required: ['hasPassword', 'mustChangePassword', 'hasTotp', 'recoveryCodesLeft', 'passkeys'],
  instants: { passkeys: [{ createdAt: 'd', lastUsedAt: 'd' }] },
};

/** Begins to make a passkey of the caller. */
export const beginMyPasskey: Call<'beginMyPasskey'> = {
  name: 'beginMyPasskey',
  method: 'POST',
  path: '/me/passkeys/challenge',
  status: 200,
  required: ['options'],
};

/** Adds a passkey of the caller. */
export const addMyPasskey: Call<'addMyPasskey'> = {
  name: 'addMyPasskey',
  method: 'POST',
  path: '/me/passkeys',
  status: 201,
  required: ['id', 'displayName', 'isSynced', 'createdAt'],
  instants: { createdAt: 'd', lastUsedAt: 'd' },
};

/** Removes a passkey of the caller. */
export const removeMyPasskey: Call<'removeMyPasskey'> = {
  name: 'removeMyPasskey',
  method: 'DELETE',
  path: '/me/passkeys/{id}',
  status: 204,
};

/** Makes a secret for a code app of the caller; the former one stays until the new one is confirmed. */
export const beginMyTotp: Call<'beginMyTotp'> = {
  name: 'beginMyTotp',
  method: 'POST',
  path: '/me/totp/challenge',
  status: 200,
  required: ['secret', 'address'],
};

/** Puts the code app of the last secret in place, and issues recovery codes. */
export const confirmMyTotp: Call<'confirmMyTotp'> = {
  name: 'confirmMyTotp',
  method: 'POST',
  path: '/me/totp',
  status: 200,
  required: ['recoveryCodes'],
};

/** Issues new recovery codes of the caller; earlier ones are void. */
export const replaceMyRecoveryCodes: Call<'replaceMyRecoveryCodes'> = {
  name: 'replaceMyRecoveryCodes',
  method: 'POST',
  path: '/me/recovery-codes',
  status: 200,
  required: ['recoveryCodes'],
};

/** Sets the password of the caller. */
export const setMyPassword: Call<'setMyPassword'> = {
  name: 'setMyPassword',
  method: 'PUT',
  path: '/me/password',
  status: 204,
};

/** Creates an API key of a service account; its secret is answered this once. */
export const createApiKey: Call<'createApiKey'> = {
  name: 'createApiKey',
  method: 'POST',
  path: '/organizations/{organization}/service-accounts/{name}/api-keys',
  status: 201,
  isIdempotent: true,
  required: ['apiKey', 'secret'],
  instants: { apiKey: { createdAt: 'd', expiresAt: 'd', lastUsedAt: 'd' } },
};

/** Lists the live API keys of a service account, never their secrets. */
export const listApiKeys: Call<'listApiKeys'> = {
  name: 'listApiKeys',
  method: 'GET',
  path: '/organizations/{organization}/service-accounts/{name}/api-keys',
  status: 200,
  required: ['items'],
  instants: { items: [{ createdAt: 'd', expiresAt: 'd', lastUsedAt: 'd' }] },
};

/** Revokes an API key, and everything minted with it, at once. */
export const revokeApiKey: Call<'revokeApiKey'> = {
  name: 'revokeApiKey',
  method: 'DELETE',
  path: '/organizations/{organization}/service-accounts/{name}/api-keys/{id}',
  status: 204,
};

/** Exchanges a token of a platform for an access token of a workload identity (RFC 8693). */
export const exchangeWorkloadToken: Call<'exchangeWorkloadToken'> = {
  name: 'exchangeWorkloadToken',
  method: 'POST',
  path: '/organizations/{organization}/workload-identities/{name}/token',
  status: 200,
  required: ['access_token', 'issued_token_type', 'token_type', 'expires_in'],
};

/** Issues a new token for the SCIM endpoint of an identity provider; it is answered this once. */
export const issueScimToken: Call<'issueScimToken'> = {
  name: 'issueScimToken',
  method: 'POST',
  path: '/organizations/{organization}/identity-providers/{name}/scim-token',
  status: 201,
  required: ['url', 'token', 'issuedAt', 'earlierEndAt'],
  instants: { issuedAt: 'd', earlierEndAt: 'd' },
};

/** Tests the connection to an OpenID Connect provider: discovery, keys, and what live groups and logout need. */
export const testIdentityProvider: Call<'testIdentityProvider'> = {
  name: 'testIdentityProvider',
  method: 'POST',
  path: '/organizations/{organization}/identity-providers/{name}/test',
  status: 200,
  required: ['isUsable', 'checks'],
};

/** Reads a token of an OpenID Connect provider as a login would, and tells what each part came to. */
export const dryRunIdentityProvider: Call<'dryRunIdentityProvider'> = {
  name: 'dryRunIdentityProvider',
  method: 'POST',
  path: '/organizations/{organization}/identity-providers/{name}/dry-run',
  status: 200,
  required: ['isAccepted', 'fields', 'notes'],
};

/** Says why requests to a cluster would be allowed or refused: the caller’s own, or those of somebody else. */
export const explainAccess: Call<'explainAccess'> = {
  name: 'explainAccess',
  method: 'POST',
  path: '/organizations/{organization}/access-explanation',
  status: 200,
  required: ['items'],
};

/** Decides what was asked of clusters again, as if documents were changed: who would gain and lose what. */
export const compareRecordedAccess: Call<'compareRecordedAccess'> = {
  name: 'compareRecordedAccess',
  method: 'POST',
  path: '/organizations/{organization}/access-comparison',
  status: 200,
  required: ['replayed', 'skipped', 'isComplete', 'gained', 'lost'],
  instants: { gained: [{ lastAt: 'd' }], lost: [{ lastAt: 'd' }] },
};

/** Derives the least role from what somebody did on clusters. */
export const suggestRole: Call<'suggestRole'> = {
  name: 'suggestRole',
  method: 'POST',
  path: '/organizations/{organization}/role-suggestion',
  status: 200,
  required: ['observed', 'uses', 'isComplete', 'notes'],
  instants: { uses: [{ lastAt: 'd' }] },
};

/** Lists what the caller may ask for, and on what terms. */
export const listRequestable: Call<'listRequestable'> = {
  name: 'listRequestable',
  method: 'GET',
  path: '/organizations/{organization}/requestable',
  status: 200,
  required: ['items'],
};

/** Asks for a role for a while, as far as a request policy lets the caller; in an emergency takes it at once. */
export const createAccessRequest: Call<'createAccessRequest'> = {
  name: 'createAccessRequest',
  method: 'POST',
  path: '/organizations/{organization}/access-requests',
  status: 201,
  isIdempotent: true,
  required: [
    'id',
    'state',
    'requester',
    'role',
    'scope',
    'duration',
    'reason',
    'policy',
    'suggestedReviewers',
    'createdAt',
    'pendingUntil',
    'contentSha256',
    'steps',
    'reviews',
    'isBreakGlass',
    'may',
  ],
  instants: {
    startsAt: 'd',
    createdAt: 'd',
    pendingUntil: 'd',
    reviews: [{ at: 'd' }],
    resolvedAt: 'd',
    grant: { startsAt: 'd', endsAt: 'd' },
    followUp: { dueAt: 'd', at: 'd' },
  },
};

/** Lists the access requests that the caller made, may review, or may see by permission. */
export const listAccessRequests: Call<'listAccessRequests'> = {
  name: 'listAccessRequests',
  method: 'GET',
  path: '/organizations/{organization}/access-requests',
  status: 200,
  required: ['items', 'metadata'],
  instants: {
    items: [
      {
        startsAt: 'd',
        createdAt: 'd',
        pendingUntil: 'd',
        reviews: [{ at: 'd' }],
        resolvedAt: 'd',
        grant: { startsAt: 'd', endsAt: 'd' },
        followUp: { dueAt: 'd', at: 'd' },
      },
    ],
  },
};

/** Shows one access request with its reviews. */
export const getAccessRequest: Call<'getAccessRequest'> = {
  name: 'getAccessRequest',
  method: 'GET',
  path: '/organizations/{organization}/access-requests/{id}',
  status: 200,
  required: [
    'id',
    'state',
    'requester',
    'role',
    'scope',
    'duration',
    'reason',
    'policy',
    'suggestedReviewers',
    'createdAt',
    'pendingUntil',
    'contentSha256',
    'steps',
    'reviews',
    'isBreakGlass',
    'may',
  ],
  instants: {
    startsAt: 'd',
    createdAt: 'd',
    pendingUntil: 'd',
    reviews: [{ at: 'd' }],
    resolvedAt: 'd',
    grant: { startsAt: 'd', endsAt: 'd' },
    followUp: { dueAt: 'd', at: 'd' },
  },
};

/** Approves or denies an access request of somebody else, as a reviewer that its request policy names. */
export const reviewAccessRequest: Call<'reviewAccessRequest'> = {
  name: 'reviewAccessRequest',
  method: 'POST',
  path: '/organizations/{organization}/access-requests/{id}/reviews',
  status: 200,
  required: [
    'id',
    'state',
    'requester',
    'role',
    'scope',
    'duration',
    'reason',
    'policy',
    'suggestedReviewers',
    'createdAt',
    'pendingUntil',
    'contentSha256',
    'steps',
    'reviews',
    'isBreakGlass',
    'may',
  ],
  instants: {
    startsAt: 'd',
    createdAt: 'd',
    pendingUntil: 'd',
    reviews: [{ at: 'd' }],
    resolvedAt: 'd',
    grant: { startsAt: 'd', endsAt: 'd' },
    followUp: { dueAt: 'd', at: 'd' },
  },
};

/** Cancels a pending access request: one’s own, or another’s by permission. */
export const cancelAccessRequest: Call<'cancelAccessRequest'> = {
  name: 'cancelAccessRequest',
  method: 'POST',
  path: '/organizations/{organization}/access-requests/{id}/cancel',
  status: 200,
  required: [
    'id',
    'state',
    'requester',
    'role',
    'scope',
    'duration',
    'reason',
    'policy',
    'suggestedReviewers',
    'createdAt',
    'pendingUntil',
    'contentSha256',
    'steps',
    'reviews',
    'isBreakGlass',
    'may',
  ],
  instants: {
    startsAt: 'd',
    createdAt: 'd',
    pendingUntil: 'd',
    reviews: [{ at: 'd' }],
    resolvedAt: 'd',
    grant: { startsAt: 'd', endsAt: 'd' },
    followUp: { dueAt: 'd', at: 'd' },
  },
};

/** Says what the review after a break-glass use came to. */
export const followUpAccessRequest: Call<'followUpAccessRequest'> = {
  name: 'followUpAccessRequest',
  method: 'POST',
  path: '/organizations/{organization}/access-requests/{id}/follow-up',
  status: 200,
  required: [
    'id',
    'state',
    'requester',
    'role',
    'scope',
    'duration',
    'reason',
    'policy',
    'suggestedReviewers',
    'createdAt',
    'pendingUntil',
    'contentSha256',
    'steps',
    'reviews',
    'isBreakGlass',
    'may',
  ],
  instants: {
    startsAt: 'd',
    createdAt: 'd',
    pendingUntil: 'd',
    reviews: [{ at: 'd' }],
    resolvedAt: 'd',
    grant: { startsAt: 'd', endsAt: 'd' },
    followUp: { dueAt: 'd', at: 'd' },
  },
};

/** Lists the grants of the caller, and those of others by permission. */
export const listGrants: Call<'listGrants'> = {
  name: 'listGrants',
  method: 'GET',
  path: '/organizations/{organization}/grants',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ createdAt: 'd', startsAt: 'd', endsAt: 'd', endedAt: 'd' }] },
};

/** Grants a role to somebody else for a while without a request, never beyond what the caller holds. */
export const createGrant: Call<'createGrant'> = {
  name: 'createGrant',
  method: 'POST',
  path: '/organizations/{organization}/grants',
  status: 201,
  isIdempotent: true,
  required: [
    'id',
    'state',
    'user',
    'role',
    'scope',
    'reason',
    'createdAt',
    'startsAt',
    'endsAt',
    'isBreakGlass',
    'may',
  ],
  instants: { createdAt: 'd', startsAt: 'd', endsAt: 'd', endedAt: 'd' },
};

/** Shows one grant. */
export const getGrant: Call<'getGrant'> = {
  name: 'getGrant',
  method: 'GET',
  path: '/organizations/{organization}/grants/{id}',
  status: 200,
  required: [
    'id',
    'state',
    'user',
    'role',
    'scope',
    'reason',
    'createdAt',
    'startsAt',
    'endsAt',
    'isBreakGlass',
    'may',
  ],
  instants: { createdAt: 'd', startsAt: 'd', endsAt: 'd', endedAt: 'd' },
};

/** Asks for more time under a grant of the caller, reviewed like any access request. */
export const renewGrant: Call<'renewGrant'> = {
  name: 'renewGrant',
  method: 'POST',
  path: '/organizations/{organization}/grants/{id}/renew',
  status: 201,
  isIdempotent: true,
  required: [
    'id',
    'state',
    'requester',
    'role',
    'scope',
    'duration',
    'reason',
    'policy',
    'suggestedReviewers',
    'createdAt',
    'pendingUntil',
    'contentSha256',
    'steps',
    'reviews',
    'isBreakGlass',
    'may',
  ],
  instants: {
    startsAt: 'd',
    createdAt: 'd',
    pendingUntil: 'd',
    reviews: [{ at: 'd' }],
    resolvedAt: 'd',
    grant: { startsAt: 'd', endsAt: 'd' },
    followUp: { dueAt: 'd', at: 'd' },
  },
};

/** Revokes a grant at once, with everything open on it: one’s own, one that one may review, or by permission. */
export const revokeGrant: Call<'revokeGrant'> = {
  name: 'revokeGrant',
  method: 'POST',
  path: '/organizations/{organization}/grants/{id}/revoke',
  status: 200,
  required: [
    'id',
    'state',
    'user',
    'role',
    'scope',
    'reason',
    'createdAt',
    'startsAt',
    'endsAt',
    'isBreakGlass',
    'may',
  ],
  instants: { createdAt: 'd', startsAt: 'd', endsAt: 'd', endedAt: 'd' },
};

/** Starts an access review: asks about every binding and grant within a scope whether it is still needed. */
export const createAccessReview: Call<'createAccessReview'> = {
  name: 'createAccessReview',
  method: 'POST',
  path: '/organizations/{organization}/access-reviews',
  status: 201,
  isIdempotent: true,
  required: [
    'id',
    'name',
    'state',
    'scope',
    'about',
    'reviewers',
    'createdAt',
    'createdBy',
    'dueAt',
    'onUnanswered',
    'items',
    'may',
  ],
  instants: { createdAt: 'd', dueAt: 'd', closedAt: 'd' },
};

/** Lists the access reviews that the caller answers in, or may see by permission. */
export const listAccessReviews: Call<'listAccessReviews'> = {
  name: 'listAccessReviews',
  method: 'GET',
  path: '/organizations/{organization}/access-reviews',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ createdAt: 'd', dueAt: 'd', closedAt: 'd' }] },
};

/** Shows one access review with how far it is. */
export const getAccessReview: Call<'getAccessReview'> = {
  name: 'getAccessReview',
  method: 'GET',
  path: '/organizations/{organization}/access-reviews/{id}',
  status: 200,
  required: [
    'id',
    'name',
    'state',
    'scope',
    'about',
    'reviewers',
    'createdAt',
    'createdBy',
    'dueAt',
    'onUnanswered',
    'items',
    'may',
  ],
  instants: { createdAt: 'd', dueAt: 'd', closedAt: 'd' },
};

/** Lists what an access review asks about, as far as the caller answers it or may see it by permission. */
export const listAccessReviewItems: Call<'listAccessReviewItems'> = {
  name: 'listAccessReviewItems',
  method: 'GET',
  path: '/organizations/{organization}/access-reviews/{id}/items',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ grant: { endsAt: 'd' }, answeredAt: 'd' }] },
};

/** Attests that access of somebody else is still needed, or removes it at once. */
export const decideAccessReviewItem: Call<'decideAccessReviewItem'> = {
  name: 'decideAccessReviewItem',
  method: 'POST',
  path: '/organizations/{organization}/access-reviews/{id}/items/{item}/decision',
  status: 200,
  required: ['id', 'kind', 'subject', 'role', 'scope', 'state', 'may'],
  instants: { grant: { endsAt: 'd' }, answeredAt: 'd' },
};

/** Reminds the reviewers of what waits for them. */
export const remindAccessReview: Call<'remindAccessReview'> = {
  name: 'remindAccessReview',
  method: 'POST',
  path: '/organizations/{organization}/access-reviews/{id}/remind',
  status: 200,
  required: [
    'id',
    'name',
    'state',
    'scope',
    'about',
    'reviewers',
    'createdAt',
    'createdBy',
    'dueAt',
    'onUnanswered',
    'items',
    'may',
  ],
  instants: { createdAt: 'd', dueAt: 'd', closedAt: 'd' },
};

/** Closes an access review now; what nobody answered is kept or removed, as the review says. */
export const closeAccessReview: Call<'closeAccessReview'> = {
  name: 'closeAccessReview',
  method: 'POST',
  path: '/organizations/{organization}/access-reviews/{id}/close',
  status: 200,
  required: [
    'id',
    'name',
    'state',
    'scope',
    'about',
    'reviewers',
    'createdAt',
    'createdBy',
    'dueAt',
    'onUnanswered',
    'items',
    'may',
  ],
  instants: { createdAt: 'd', dueAt: 'd', closedAt: 'd' },
};

/** Exports what an access review asked about and what became of it, as CSV or as lines of JSON. */
export const getAccessReviewReport: Call<'getAccessReviewReport'> = {
  name: 'getAccessReviewReport',
  method: 'GET',
  path: '/organizations/{organization}/access-reviews/{id}/report',
  status: 200,
  formats: true,
};

/** Lists audit events, page by page; no page costs more for lying deep. */
export const listAuditEvents: Call<'listAuditEvents'> = {
  name: 'listAuditEvents',
  method: 'GET',
  path: '/organizations/{organization}/audit-events',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ at: 'd' }] },
};

/** Exports audit events, as lines of JSON or as CSV; the header Sallyport-Event-Count says how many. */
export const exportAuditEvents: Call<'exportAuditEvents'> = {
  name: 'exportAuditEvents',
  method: 'GET',
  path: '/organizations/{organization}/audit-events/export',
  status: 200,
  formats: true,
};

/** Sends audit events as they come, as server-sent events; goes on behind Last-Event-ID. */
export const tailAuditEvents: Call<'tailAuditEvents'> = {
  name: 'tailAuditEvents',
  method: 'GET',
  path: '/organizations/{organization}/audit-events/tail',
  status: 200,
  formats: true,
};

/** Counts audit events by time and by one of their fields. */
export const aggregateAuditEvents: Call<'aggregateAuditEvents'> = {
  name: 'aggregateAuditEvents',
  method: 'GET',
  path: '/organizations/{organization}/audit-events/aggregate',
  status: 200,
  required: ['from', 'to', 'total', 'isComplete'],
  instants: { from: 'd', to: 'd', buckets: [{ at: 'd' }] },
};

/** Shows one audit event. */
export const getAuditEvent: Call<'getAuditEvent'> = {
  name: 'getAuditEvent',
  method: 'GET',
  path: '/organizations/{organization}/audit-events/{id}',
  status: 200,
  required: ['id', 'code', 'at', 'severity'],
  instants: { at: 'd' },
};

/** Lists calls of kubectl, newest first, each with the requests that it made. */
export const listKubectlCommands: Call<'listKubectlCommands'> = {
  name: 'listKubectlCommands',
  method: 'GET',
  path: '/organizations/{organization}/kubectl-commands',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ startedAt: 'd' }] },
};

/** Lists the public keys that checkpoints of the audit log are verified with, also those that sign no more. */
export const listAuditKeys: Call<'listAuditKeys'> = {
  name: 'listAuditKeys',
  method: 'GET',
  path: '/audit-keys',
  status: 200,
  required: ['items'],
  instants: { items: [{ signsFrom: 'd', signsUntil: 'd' }] },
};

/** Shows the newest checkpoint of the log. */
export const getAuditCheckpoint: Call<'getAuditCheckpoint'> = {
  name: 'getAuditCheckpoint',
  method: 'GET',
  path: '/organizations/{organization}/audit-log/checkpoint',
  status: 200,
  required: ['log', 'size', 'at', 'note'],
  instants: { at: 'd' },
};

/** Lists checkpoints of the log, smallest first: the last of each hour, and the newest. */
export const listAuditCheckpoints: Call<'listAuditCheckpoints'> = {
  name: 'listAuditCheckpoints',
  method: 'GET',
  path: '/organizations/{organization}/audit-log/checkpoints',
  status: 200,
  required: ['items'],
  instants: { items: [{ at: 'd' }] },
};

/** Shows a tile of the tree of the log: up to 256 hashes. */
export const getAuditTile: Call<'getAuditTile'> = {
  name: 'getAuditTile',
  method: 'GET',
  path: '/organizations/{organization}/audit-log/tiles/{level}/{index}',
  status: 200,
  required: ['level', 'index', 'hashes'],
};

/** Proves that an event is in the log. */
export const proveAuditEvent: Call<'proveAuditEvent'> = {
  name: 'proveAuditEvent',
  method: 'GET',
  path: '/organizations/{organization}/audit-log/inclusion/{id}',
  status: 200,
  required: ['log', 'index', 'size', 'salt', 'event', 'leaf', 'proof', 'root'],
};

/** Proves that the log of one size is the start of the log of another. */
export const proveAuditConsistency: Call<'proveAuditConsistency'> = {
  name: 'proveAuditConsistency',
  method: 'GET',
  path: '/organizations/{organization}/audit-log/consistency',
  status: 200,
  required: ['log', 'first', 'firstRoot', 'second', 'secondRoot', 'proof'],
};

/** Exports the log with everything that it takes to verify it without this server, as lines of JSON. */
export const exportAuditBundle: Call<'exportAuditBundle'> = {
  name: 'exportAuditBundle',
  method: 'GET',
  path: '/organizations/{organization}/audit-log/bundle',
  status: 200,
  formats: true,
};

/** Shows how long audit events and session recordings are kept. */
export const getAuditRetention: Call<'getAuditRetention'> = {
  name: 'getAuditRetention',
  method: 'GET',
  path: '/organizations/{organization}/audit-retention',
  status: 200,
  required: ['metadata', 'spec', 'status'],
  instants: { metadata: { updatedAt: 'd' } },
};

/** Says how long audit events and session recordings are kept. */
export const setAuditRetention: Call<'setAuditRetention'> = {
  name: 'setAuditRetention',
  method: 'PUT',
  path: '/organizations/{organization}/audit-retention',
  status: 200,
  required: ['metadata', 'spec', 'status'],
  instants: { metadata: { updatedAt: 'd' } },
};

/** Lists legal holds, newest first. */
export const listLegalHolds: Call<'listLegalHolds'> = {
  name: 'listLegalHolds',
  method: 'GET',
  path: '/organizations/{organization}/legal-holds',
  status: 200,
  required: ['items'],
  instants: { items: [{ selection: { since: 'd', until: 'd' }, createdAt: 'd', released: { at: 'd' } }] },
};

/** Orders that audit events and recordings are kept, whatever their retention says. */
export const createLegalHold: Call<'createLegalHold'> = {
  name: 'createLegalHold',
  method: 'POST',
  path: '/organizations/{organization}/legal-holds',
  status: 201,
  required: ['id', 'name', 'reason', 'selection', 'createdBy', 'createdAt'],
  instants: { selection: { since: 'd', until: 'd' }, createdAt: 'd', released: { at: 'd' } },
};

/** Releases a legal hold; retention applies to what it kept. */
export const releaseLegalHold: Call<'releaseLegalHold'> = {
  name: 'releaseLegalHold',
  method: 'POST',
  path: '/organizations/{organization}/legal-holds/{name}/release',
  status: 200,
  required: ['id', 'name', 'reason', 'selection', 'createdBy', 'createdAt'],
  instants: { selection: { since: 'd', until: 'd' }, createdAt: 'd', released: { at: 'd' } },
};

/** Sends a test message to a notification channel at once, and says what came of it. */
export const testNotificationChannel: Call<'testNotificationChannel'> = {
  name: 'testNotificationChannel',
  method: 'POST',
  path: '/organizations/{organization}/notification-channels/{name}/test',
  status: 200,
  required: ['isDelivered'],
};

/** Lists what a notification channel was sent, or failed to be sent, newest first. */
export const listNotificationDeliveries: Call<'listNotificationDeliveries'> = {
  name: 'listNotificationDeliveries',
  method: 'GET',
  path: '/organizations/{organization}/notification-channels/{name}/deliveries',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ createdAt: 'd', nextTryAt: 'd', deliveredAt: 'd' }] },
};

/** Sends again what a notification channel was not delivered, with all tries anew. */
export const redeliverNotification: Call<'redeliverNotification'> = {
  name: 'redeliverNotification',
  method: 'POST',
  path: '/organizations/{organization}/notification-channels/{name}/deliveries/{id}/redeliver',
  status: 200,
  required: ['id', 'event', 'subject', 'state', 'tries', 'createdAt'],
  instants: { createdAt: 'd', nextTryAt: 'd', deliveredAt: 'd' },
};

/** Lists the running sessions of the caller. */
export const listMySessions: Call<'listMySessions'> = {
  name: 'listMySessions',
  method: 'GET',
  path: '/me/sessions',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ startedAt: 'd', endedAt: 'd' }] },
};

/** Ends a running session of the caller. */
export const terminateMySession: Call<'terminateMySession'> = {
  name: 'terminateMySession',
  method: 'POST',
  path: '/me/sessions/{id}/terminate',
  status: 204,
};

/** Lists recorded sessions, newest first: those of the caller, and those that the permission reaches. */
export const listSessions: Call<'listSessions'> = {
  name: 'listSessions',
  method: 'GET',
  path: '/organizations/{organization}/sessions',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ startedAt: 'd', endedAt: 'd' }] },
};

/** Finds recorded sessions by what was printed in them, among those that the caller may read. */
export const searchSessions: Call<'searchSessions'> = {
  name: 'searchSessions',
  method: 'GET',
  path: '/organizations/{organization}/sessions/search',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ session: { startedAt: 'd', endedAt: 'd' } }] },
};

/** Shows one recorded session. */
export const getSession: Call<'getSession'> = {
  name: 'getSession',
  method: 'GET',
  path: '/organizations/{organization}/sessions/{id}',
  status: 200,
  required: [
    'id',
    'requestId',
    'user',
    'principalId',
    'cluster',
    'clusterId',
    'kind',
    'namespace',
    'pod',
    'isTty',
    'isRequired',
    'hasStdin',
    'state',
    'startedAt',
    'bytes',
    'chunkCount',
    'headSha256',
  ],
  instants: { startedAt: 'd', endedAt: 'd' },
};

/** Reads a recording as asciicast v2, of a running session up to now; all of it or a part by time. */
export const getRecording: Call<'getRecording'> = {
  name: 'getRecording',
  method: 'GET',
  path: '/organizations/{organization}/sessions/{id}/recording',
  status: 200,
  formats: true,
};

/** Follows a running session as server-sent events, each a line of its asciicast; ends with it. */
export const watchRecording: Call<'watchRecording'> = {
  name: 'watchRecording',
  method: 'GET',
  path: '/organizations/{organization}/sessions/{id}/live',
  status: 200,
  formats: true,
};

/** Ends a running session; whoever is in it is told the reason. */
export const terminateSession: Call<'terminateSession'> = {
  name: 'terminateSession',
  method: 'POST',
  path: '/organizations/{organization}/sessions/{id}/terminate',
  status: 204,
};

/** Writes an event that says so and sends it to an audit sink at once, ahead of what waits, and says what came of it. */
export const testAuditSink: Call<'testAuditSink'> = {
  name: 'testAuditSink',
  method: 'POST',
  path: '/organizations/{organization}/audit-sinks/{name}/test',
  status: 200,
  required: ['isDelivered'],
};

/** Shows how far the audit sinks and witnesses of the whole installation are behind, and why. */
export const getAuditDelivery: Call<'getAuditDelivery'> = {
  name: 'getAuditDelivery',
  method: 'GET',
  path: '/installation/audit-delivery',
  status: 200,
  required: ['items'],
  instants: { items: [{ waitingSince: 'd', lastDeliveredAt: 'd', failingSince: 'd' }] },
};

/** Shows how far audit sinks and witnesses are behind as OpenMetrics, for monitoring. */
export const getAuditDeliveryMetrics: Call<'getAuditDeliveryMetrics'> = {
  name: 'getAuditDeliveryMetrics',
  method: 'GET',
  path: '/installation/audit-delivery/metrics',
  status: 200,
  formats: true,
};

/** Issues a ticket of the signed-in person for one WebSocket to the Kubernetes API of a cluster. */
export const issueKubeTicket: Call<'issueKubeTicket'> = {
  name: 'issueKubeTicket',
  method: 'POST',
  path: '/clusters/{id}/kube-tickets',
  status: 201,
  required: ['path', 'expiresAt'],
  instants: { expiresAt: 'd' },
};

/** Makes a terminal of the signed-in person on one cluster, and issues the ticket that opens it. */
export const createTerminal: Call<'createTerminal'> = {
  name: 'createTerminal',
  method: 'POST',
  path: '/organizations/{organization}/clusters/{name}/terminals',
  status: 201,
  required: ['id', 'path', 'ticketExpiresAt', 'limits'],
  instants: { ticketExpiresAt: 'd' },
};

/** Lists the terminals of the caller that are open, on whichever server, with the limits that hold. */
export const listMyTerminals: Call<'listMyTerminals'> = {
  name: 'listMyTerminals',
  method: 'GET',
  path: '/me/terminals',
  status: 200,
  required: ['items', 'ended', 'limits'],
  instants: { items: [{ startedAt: 'd', expiresAt: 'd' }], ended: [{ endedAt: 'd' }] },
};

/** Ends a terminal of the caller, with everything that runs in it. */
export const endMyTerminal: Call<'endMyTerminal'> = {
  name: 'endMyTerminal',
  method: 'DELETE',
  path: '/me/terminals/{id}',
  status: 204,
};

/** Lists the ways to sign in, as the sign-in page offers them. */
export const listSignInMethods: Call<'listSignInMethods'> = {
  name: 'listSignInMethods',
  method: 'GET',
  path: '/sign-in-methods',
  status: 200,
  required: ['items', 'hasPasskeys'],
};

/** This document. */
export const getOpenApi: Call<'getOpenApi'> = { name: 'getOpenApi', method: 'GET', path: '/openapi.json', status: 200 };

/** Tells who the caller is. */
export const whoAmI: Call<'whoAmI'> = {
  name: 'whoAmI',
  method: 'GET',
  path: '/me',
  status: 200,
  required: [
    'principal',
    'organization',
    'loginSession',
    'permissions',
    'permissionsAnywhere',
    'grants',
    'pendingReviews',
  ],
  instants: { loginSession: { createdAt: 'd', expiresAt: 'd' }, grants: [{ startsAt: 'd', endsAt: 'd' }] },
};

/** Tells that something has changed which the caller sees, as server-sent events. */
export const watchMyChanges: Call<'watchMyChanges'> = {
  name: 'watchMyChanges',
  method: 'GET',
  path: '/me/changes',
  status: 200,
  formats: true,
};

/** Lists streams of the caller that ended before their time within the last hour, with the reason. */
export const listMyEndedStreams: Call<'listMyEndedStreams'> = {
  name: 'listMyEndedStreams',
  method: 'GET',
  path: '/me/ended-streams',
  status: 200,
  required: ['items'],
  instants: { items: [{ at: 'd' }] },
};

/** Logs out: ends the login session of the access token and everything that hangs on it. */
export const logOut: Call<'logOut'> = { name: 'logOut', method: 'DELETE', path: '/me/session', status: 204 };

/** Lists the login sessions of the caller. */
export const listMyLoginSessions: Call<'listMyLoginSessions'> = {
  name: 'listMyLoginSessions',
  method: 'GET',
  path: '/me/login-sessions',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ createdAt: 'd', expiresAt: 'd', lastUsedAt: 'd' }] },
};

/** Ends a login session of the caller, and everything that hangs on it. */
export const endMyLoginSession: Call<'endMyLoginSession'> = {
  name: 'endMyLoginSession',
  method: 'DELETE',
  path: '/me/login-sessions/{id}',
  status: 204,
};

/** Ends all login sessions of the caller, this one included. */
export const endMyLoginSessions: Call<'endMyLoginSessions'> = {
  name: 'endMyLoginSessions',
  method: 'DELETE',
  path: '/me/login-sessions',
  status: 200,
  required: ['endedCount'],
};

/** Lists the live kube credentials of the caller. */
export const listMyCredentials: Call<'listMyCredentials'> = {
  name: 'listMyCredentials',
  method: 'GET',
  path: '/me/credentials',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ createdAt: 'd', expiresAt: 'd' }] },
};

/** Revokes a kube credential of the caller at once. */
export const revokeMyCredential: Call<'revokeMyCredential'> = {
  name: 'revokeMyCredential',
  method: 'DELETE',
  path: '/me/credentials/{id}',
  status: 204,
};

/** Revokes all kube credentials of the caller at once. */
export const revokeMyCredentials: Call<'revokeMyCredentials'> = {
  name: 'revokeMyCredentials',
  method: 'DELETE',
  path: '/me/credentials',
  status: 200,
  required: ['endedCount'],
};

/** Creates and changes resources in one transaction: all of them, or none. */
export const applyResources: Call<'applyResources'> = {
  name: 'applyResources',
  method: 'POST',
  path: '/organizations/{organization}/apply',
  status: 200,
  required: ['isApplied', 'results'],
};

/** Lists the live login sessions of the organization. */
export const listLoginSessions: Call<'listLoginSessions'> = {
  name: 'listLoginSessions',
  method: 'GET',
  path: '/organizations/{organization}/login-sessions',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ createdAt: 'd', expiresAt: 'd', lastUsedAt: 'd' }] },
};

/** Ends a login session, and everything that hangs on it. */
export const endLoginSession: Call<'endLoginSession'> = {
  name: 'endLoginSession',
  method: 'DELETE',
  path: '/organizations/{organization}/login-sessions/{id}',
  status: 204,
};

/** Ends all login sessions of a person. */
export const endLoginSessionsOfUser: Call<'endLoginSessionsOfUser'> = {
  name: 'endLoginSessionsOfUser',
  method: 'DELETE',
  path: '/organizations/{organization}/users/{name}/login-sessions',
  status: 200,
  required: ['endedCount'],
};

/** Lists the live kube credentials of the organization. */
export const listCredentials: Call<'listCredentials'> = {
  name: 'listCredentials',
  method: 'GET',
  path: '/organizations/{organization}/credentials',
  status: 200,
  required: ['items', 'metadata'],
  instants: { items: [{ createdAt: 'd', expiresAt: 'd' }] },
};

/** Revokes a kube credential at once. */
export const revokeCredential: Call<'revokeCredential'> = {
  name: 'revokeCredential',
  method: 'DELETE',
  path: '/organizations/{organization}/credentials/{id}',
  status: 204,
};

/** Revokes all kube credentials of a person at once. */
export const revokeCredentialsOfUser: Call<'revokeCredentialsOfUser'> = {
  name: 'revokeCredentialsOfUser',
  method: 'DELETE',
  path: '/organizations/{organization}/users/{name}/credentials',
  status: 200,
  required: ['endedCount'],
};

/** Issues a join token for a cluster, with what else its agent is installed with. */
export const issueJoinToken: Call<'issueJoinToken'> = {
  name: 'issueJoinToken',
  method: 'POST',
  path: '/organizations/{organization}/clusters/{name}/join-tokens',
  status: 201,
  isIdempotent: true,
  required: ['joinToken', 'install'],
  instants: { joinToken: { expiresAt: 'd' } },
};

/** Lists the open join tokens of a cluster, never their secrets. */
export const listJoinTokens: Call<'listJoinTokens'> = {
  name: 'listJoinTokens',
  method: 'GET',
  path: '/organizations/{organization}/clusters/{name}/join-tokens',
  status: 200,
  required: ['items'],
  instants: { items: [{ createdAt: 'd', expiresAt: 'd' }] },
};

/** Revokes a join token. */
export const revokeJoinToken: Call<'revokeJoinToken'> = {
  name: 'revokeJoinToken',
  method: 'DELETE',
  path: '/organizations/{organization}/clusters/{name}/join-tokens/{id}',
  status: 204,
};

/** Lists the agents that hold a certificate for a cluster. */
export const listAgents: Call<'listAgents'> = {
  name: 'listAgents',
  method: 'GET',
  path: '/organizations/{organization}/clusters/{name}/agents',
  status: 200,
  required: ['items'],
  instants: { items: [{ expiresAt: 'd', enrolledAt: 'd', connectedAt: 'd' }] },
};

/** Revokes the certificates of an agent and ends its tunnels. */
export const revokeAgent: Call<'revokeAgent'> = {
  name: 'revokeAgent',
  method: 'DELETE',
  path: '/organizations/{organization}/clusters/{name}/agents/{id}',
  status: 204,
};

/** Shows the nodes and namespaces of a cluster as they were seen last. */
export const getClusterInventory: Call<'getClusterInventory'> = {
  name: 'getClusterInventory',
  method: 'GET',
  path: '/organizations/{organization}/clusters/{name}/inventory',
  status: 200,
  required: ['nodeCount', 'readyNodeCount', 'namespaceCount', 'nodes', 'namespaces'],
  instants: { observedAt: 'd' },
};

/** Mints a kube credential of the caller for one cluster. */
export const mintKubeCredential: Call<'mintKubeCredential'> = {
  name: 'mintKubeCredential',
  method: 'POST',
  path: '/organizations/{organization}/clusters/{name}/credentials',
  status: 201,
  required: ['id', 'clusterId', 'token', 'expiresAt'],
  instants: { expiresAt: 'd' },
};

/** Mints a static token of the caller for one cluster: a kube credential to be kept where no plugin can run. */
export const mintStaticToken: Call<'mintStaticToken'> = {
  name: 'mintStaticToken',
  method: 'POST',
  path: '/organizations/{organization}/clusters/{name}/static-tokens',
  status: 201,
  required: ['id', 'clusterId', 'token', 'expiresAt'],
  instants: { expiresAt: 'd' },
};

/** Issues a client certificate of the caller for one cluster, over a key that the client made. */
export const issueClientCertificate: Call<'issueClientCertificate'> = {
  name: 'issueClientCertificate',
  method: 'POST',
  path: '/organizations/{organization}/clusters/{name}/client-certificates',
  status: 201,
  required: ['id', 'clusterId', 'certificate', 'serial', 'expiresAt', 'tlsServerName', 'ca'],
  instants: { expiresAt: 'd' },
};
