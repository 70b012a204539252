import type { AgentRightsOptions, RightsRule } from '../manifest-rights.ts';
import { clusterRights, namespacedRights } from '../manifest-rights.ts';

/** The modes that `docs/upstream-modes.md` has a table of rights for, by the name of the table. */
export const DOCUMENTED_MODES: Readonly<
  Record<string, Pick<AgentRightsOptions, 'upstreamMode' | 'constrainedImpersonation' | 'generatedRules'>>
> = {
  impersonate: { upstreamMode: 'impersonate', constrainedImpersonation: false },
  'impersonate-constrained': { upstreamMode: 'impersonate', constrainedImpersonation: true },
  managed: { upstreamMode: 'managed', constrainedImpersonation: false },
  'managed-constrained': { upstreamMode: 'managed', constrainedImpersonation: true },
  'managed-generated': { upstreamMode: 'managed', constrainedImpersonation: false, generatedRules: true },
  serviceAccounts: { upstreamMode: 'serviceAccounts', constrainedImpersonation: false },
  'serviceAccounts-generated': {
    upstreamMode: 'serviceAccounts',
    constrainedImpersonation: false,
    generatedRules: true,
  },
};

/** The table of rights of a mode, as the page has it between its markers. */
export function renderRightsTable(mode: string): string {
  const options: AgentRightsOptions = {
    name: 'sallyport-agent',
    identitySecretName: 'sallyport-agent-identity',
    ceiling: ['view', 'edit', 'admin'],
    ...(DOCUMENTED_MODES[mode] as Pick<AgentRightsOptions, 'upstreamMode' | 'constrainedImpersonation'>),
  };
  const rows = [
    ...clusterRights(options).map((rule) => rowOf('cluster', rule)),
    ...namespacedRights(options).map((rule) => rowOf('own namespace', rule)),
  ];
  return ['| In | API groups | Resources | Names | Verbs |', '|---|---|---|---|---|', ...rows].join('\n');
}

function rowOf(where: string, { apiGroups, resources, resourceNames, nonResourceURLs, verbs }: RightsRule): string {
  const list = (words: readonly string[]) => words.map((word) => `\`${word === '' ? '""' : word}\``).join(', ');
  const names = resourceNames === undefined ? 'any' : list(resourceNames);
  const what = nonResourceURLs === undefined ? list(resources ?? []) : `paths ${list(nonResourceURLs)}`;
  return `| ${where} | ${apiGroups === undefined ? '' : list(apiGroups)} | ${what} | ${names} | ${list(verbs)} |`;
}
