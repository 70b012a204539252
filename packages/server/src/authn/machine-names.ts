/** What clusters and audit see in front of the names of machines, so that none is taken for a person. */
export const USER_NAME_PREFIXES = { serviceAccount: 'serviceaccount:', workload: 'workload:' } as const;

/** Kinds of principals that are machines. */
export type MachineKind = keyof typeof USER_NAME_PREFIXES;

/** Whether a person may not have this name, since it would be a machine's. */
export function isMachineName(userName: string): boolean {
  const canonical = userName.normalize('NFKC').toLowerCase();
  return Object.values(USER_NAME_PREFIXES).some((prefix) => canonical.startsWith(prefix));
}
