import { looksLikeKubeCredential } from '@sallyport/core/credentials';
import { KUBE_PATH_PREFIX } from '../proxy/locate.ts';

/** What of a request decides whether it is for the access proxy or for the REST application. */
export interface RouteFacts {
  readonly target: string;
  readonly host: string;
  readonly authorization: string | undefined;
  /** Whether the connection was asked for a client certificate. */
  readonly isCertificateHost: boolean;
}

/**
 * Whether a request is for Kubernetes: by our path prefix, by a per-cluster host name, or under a bearer credential of
 * the kube audience (kubectl before 1.36 drops the prefix in `get --raw`, so the path alone can't tell). The audience is
 * read unverified: this only picks who refuses; the access proxy verifies the credential before anything else.
 */
export function isKubeRequest(route: RouteFacts, options: { readonly hostDomain?: string }): boolean {
  // A client certificate is a kube credential and nothing else: what comes with one is never for the REST application.
  if (route.isCertificateHost || route.target.startsWith(KUBE_PATH_PREFIX)) return true;
  if (options.hostDomain !== undefined && route.host.endsWith(`.${options.hostDomain}`)) return true;
  const bearer = /^bearer (\S+)$/i.exec(route.authorization ?? '');
  return bearer !== null && looksLikeKubeCredential(bearer[1] as string);
}
