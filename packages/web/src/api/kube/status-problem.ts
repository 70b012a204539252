import type { Problem } from '@sallyport/core/api';

/** The part of a Kubernetes Status that a page reads. */
export interface KubeStatus {
  readonly kind: 'Status';
  readonly status?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** Whether a body is a Status. */
export function isKubeStatus(body: unknown): body is KubeStatus {
  return typeof body === 'object' && body !== null && (body as { readonly kind?: unknown }).kind === 'Status';
}

/** The sentence with its stable code, as the access proxy writes refusals; the lines below say what can be done. */
const OWN = /^([\s\S]*?) \[(ERR_[A-Z_]+)\](?:\n([\s\S]*))?$/;

/**
 * Reads a refusal on the way to a cluster, Sallyport's or the cluster's own, as the problem documents of the REST API are read.
 * Text is taken at its word; nothing of it is looked for but our own code.
 */
export function statusProblem(status: KubeStatus, httpStatus: number): Problem {
  const { message = 'the cluster refused without a reason', reason = 'Unknown', code = httpStatus } = status;
  const own = OWN.exec(message);
  const advice = own?.[3]?.trim();
  return {
    type: 'about:blank',
    title: reason,
    status: code >= 400 && code <= 599 ? code : 500,
    detail: own?.[1] ?? message,
    code: own?.[2] ?? `KUBERNETES_${reason.toUpperCase()}`,
    ...(advice !== undefined && advice !== '' && { nextStep: advice }),
  };
}
