/** Who a request runs as, in the API server's words. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Group of everybody who has authenticated. */
export const AUTHENTICATED = 'system:authenticated';

/** Prefix of the user names of service accounts. */
export const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';

/** The user of requests without a credential. */
export const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The user as `authentication.k8s.io/v1` UserInfo, empty fields left out. */
export function userInfoJson(user: UserInfo): Record<string, unknown> {
  return {
    username: user.username,
    ...(user.uid && { uid: user.uid }),
    ...(user.groups.length > 0 && { groups: user.groups }),
    ...(user.extra && Object.keys(user.extra).length > 0 && { extra: user.extra }),
  };
}

/** Groups that every token of a service account carries. */
export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}
