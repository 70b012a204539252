/** Which cluster a request names, and the target without our own prefix. */
export interface Location {
  readonly organizationName: string;
  readonly clusterName: string;
  /** Path and query as they are meant for kube-apiserver. */
  readonly target: string;
}

/** Path prefix of the kube path: `/k/<organization>/<cluster>/…`. */
export const KUBE_PATH_PREFIX = '/k/';

const PREFIXED = /^\/k\/([a-z0-9-]{1,63})\/([a-z0-9-]{1,63})([/?].*)?$/s;

/** Reads `/k/<organization>/<cluster>/…`; `undefined` when the path has another form. Names are never decoded. */
export function locateByPath(target: string): Location | undefined {
  const match = PREFIXED.exec(target);
  if (match === null) return undefined;
  const rest = match[3] ?? '/';
  return {
    organizationName: match[1] as string,
    clusterName: match[2] as string,
    target: rest.startsWith('?') ? `/${rest}` : rest,
  };
}

/**
 * Reads `<cluster>.<organization>.<domain>`, for clients that can't take a path prefix. The organization may be left
 * out where the installation has one: then `defaultOrganization` stands in.
 */
export function locateByHost(
  host: string,
  target: string,
  domain: string,
  defaultOrganization?: string,
): Location | undefined {
  if (!host.endsWith(`.${domain}`)) return undefined;
  const labels = host.slice(0, -domain.length - 1).split('.');
  const [clusterName, organizationName = defaultOrganization] = labels;
  if (labels.length > 2 || !clusterName || !organizationName) return undefined;
  return { organizationName, clusterName, target };
}
