import { Secret } from '@sallyport/core';
import type { BindingConfig, DevelopmentUserConfig } from '@sallyport/server';

/** The people of a demo, each named after the role that they hold. */
export const DEMO_ROLES = ['admin', 'developer', 'viewer', 'approver', 'auditor'] as const;

/** One of {@link DEMO_ROLES}. */
export type DemoRole = (typeof DEMO_ROLES)[number];

/** Those of them who use kubectl; the others have no business inside clusters. */
export const KUBECTL_ROLES = ['admin', 'developer', 'viewer'] as const satisfies readonly DemoRole[];

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

/** Bindings that give each group the built-in role of its name; administrators own the demo with all that belongs to it. */
export function demoBindings(identityProvider: string): BindingConfig[] {
  return DEMO_ROLES.flatMap((role) =>
    (role === 'admin' ? (['owner', 'installation-admin'] as const) : [role]).map((name) => ({
      role: name,
      identityProvider,
      group: groupOf(role),
    })),
  );
}

function groupOf(role: DemoRole): string {
  return `${role}s`;
}
