import { createId } from '@sallyport/core';
import { collection } from './collection.ts';
import type { MockHandlers } from './handlers.ts';
import { aResource, type MockWorld } from './world.ts';

type Key = 'clusters' | 'projects' | 'users' | 'groups' | 'roles' | 'bindings' | 'requestPolicies' | 'organizations';

function of<K extends Key>(kind: string, key: K) {
  return collection<MockWorld[K][number], MockWorld>(
    kind,
    (world) => world[key],
    (world, items) => {
      world[key] = items as MockWorld[K];
    },
  );
}

const clusters = of('cluster', 'clusters');
const projects = of('project', 'projects');
const users = of('user', 'users');
const groups = of('group', 'groups');
const roles = of('role', 'roles');
const bindings = of('binding', 'bindings');
const requestPolicies = of('request policy', 'requestPolicies');

/** A cluster of the mock world. */
export const clusterNamed = (world: MockWorld, name: string) => clusters.get({ input: { name }, world });

/** Resources of the kinds that the mock world has. */
export const resourceHandlers: MockHandlers<
  | 'listOrganizations'
  | 'getOrganization'
  | 'listProjects'
  | 'getProject'
  | 'createProject'
  | 'updateProject'
  | 'deleteProject'
  | 'listClusters'
  | 'getCluster'
  | 'createCluster'
  | 'updateCluster'
  | 'deleteCluster'
  | 'listUsers'
  | 'getUser'
  | 'updateUser'
  | 'deleteUser'
  | 'listGroups'
  | 'getGroup'
  | 'createGroup'
  | 'updateGroup'
  | 'deleteGroup'
  | 'listRoles'
  | 'getRole'
  | 'createRole'
  | 'updateRole'
  | 'deleteRole'
  | 'listBindings'
  | 'getBinding'
  | 'createBinding'
  | 'updateBinding'
  | 'deleteBinding'
  | 'listRequestPolicies'
  | 'getRequestPolicy'
> = {
  listOrganizations: ({ input, world }) => of('organization', 'organizations').list({ input, world }),
  getOrganization: ({ input, world }) =>
    of('organization', 'organizations').get({ input: { name: input.organization }, world }),
  listProjects: projects.list,
  getProject: projects.get,
  createProject: ({ input: { body }, world }) =>
    projects.add(
      world,
      aResource('Project', createId('project'), body.metadata.name, body.spec, {
        clusterCount: 0,
        sharedClusterCount: 0,
      }),
    ),
  updateProject: projects.update,
  deleteProject: projects.remove,
  listClusters: clusters.list,
  getCluster: clusters.get,
  createCluster: ({ input: { body }, world }) =>
    clusters.add(
      world,
      aResource(
        'Cluster',
        createId('cluster'),
        body.metadata.name,
        body.spec,
        {
          roles: ['admin'],
          health: { status: 'pending', connectedAgents: 0 },
          kubeUrl: `https://sallyport.example.com/k/halden/${body.metadata.name}`,
        },
        body.metadata.labels,
      ),
    ),
  updateCluster: clusters.update,
  deleteCluster: clusters.remove,
  listUsers: users.list,
  getUser: users.get,
  updateUser: users.update,
  deleteUser: users.remove,
  listGroups: groups.list,
  getGroup: groups.get,
  createGroup: ({ input: { body }, world }) =>
    groups.add(
      world,
      aResource('Group', createId('group'), body.metadata.name, body.spec, {
        memberCount: body.spec.users?.length ?? 0,
      }),
    ),
  updateGroup: groups.update,
  deleteGroup: groups.remove,
  listRoles: roles.list,
  getRole: roles.get,
  createRole: ({ input: { body }, world }) =>
    roles.add(
      world,
      aResource('Role', createId('role'), body.metadata.name, body.spec, { isBuiltIn: false, bindingCount: 0 }),
    ),
  updateRole: roles.update,
  deleteRole: roles.remove,
  listBindings: bindings.list,
  getBinding: bindings.get,
  createBinding: ({ input: { body }, world }) =>
    bindings.add(world, aResource('Binding', createId('binding'), body.metadata.name, body.spec, {})),
  updateBinding: bindings.update,
  deleteBinding: bindings.remove,
  listRequestPolicies: requestPolicies.list,
  getRequestPolicy: requestPolicies.get,
};
