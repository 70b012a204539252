import { Secret } from '@sallyport/core';
import { API_VERSION, type ResourceDocument } from '@sallyport/core/api';
import type { BindingConfig, DevelopmentUserConfig } from '@sallyport/server';

/** The people of a demo, each named after the role that they hold. */
export const DEMO_ROLES = ['admin', 'developer', 'viewer', 'approver', 'auditor'] as const;

/** One of {@link DEMO_ROLES}. */
export type DemoRole = (typeof DEMO_ROLES)[number];

/** What a person types into the sign-in form. `.example` is reserved (RFC 2606), so the address is nobody's. */
export function emailOf(role: DemoRole): string {
  return `${role}@demo.example`;
}

/** The people as the development provider takes them. */
export function developmentUsers(passwords: Readonly<Record<DemoRole, string>>): DevelopmentUserConfig[] {
  return DEMO_ROLES.map((role) => ({
    email: emailOf(role),
    name: `Demo ${role}`,
    password: new Secret(passwords[role]),
    groups: [groupOf(role)],
  }));
}

/** Bindings of each group. Everybody can hold a credential for the cluster; what it is good for depends on their role. */
export function demoBindings(identityProvider: string): BindingConfig[] {
  return DEMO_ROLES.flatMap((role) =>
    ROLES_OF[role].map((name) => ({ role: name, identityProvider, group: groupOf(role) })),
  );
}

/**
 * What the viewer may ask for: more on the cluster, for a while, reviewed by the approver; in an emergency at once, and
 * reviewed afterwards.
 */
export function demoRequestPolicy(identityProvider: string, cluster: string): ResourceDocument<'RequestPolicy'> {
  return {
    apiVersion: API_VERSION,
    kind: 'RequestPolicy',
    metadata: { name: 'demo' },
    spec: {
      description: 'Viewers may ask for more on the cluster of the demo.',
      requesters: [{ kind: 'Group', name: groupOf('viewer'), identityProvider }],
      roles: ['developer', 'namespace-admin'],
      scope: { kind: 'clusters', clusters: [cluster] },
      maxDuration: '8h',
      maxTotalDuration: '24h',
      steps: [{ reviewers: 'permitted' }],
      breakGlass: { maxDuration: '1h', reviewers: 'permitted' },
    },
  };
}

/** Administrators own the demo with all that belongs to it; whoever has no business in clusters is at least told so by kubectl. */
const ROLES_OF: Readonly<Record<DemoRole, readonly BindingConfig['role'][]>> = {
  admin: ['owner', 'installation-admin'],
  developer: ['developer'],
  viewer: ['viewer'],
  approver: ['approver', 'member'],
  auditor: ['auditor', 'member'],
};

function groupOf(role: DemoRole): string {
  return `${role}s`;
}
