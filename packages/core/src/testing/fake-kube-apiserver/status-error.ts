import { type FailureStatusOptions, failureStatus, type KubernetesStatus, type StatusReason } from '../../status.ts';

/** A failed request of the fake API server: thrown where it is found, answered as its Status. */
export class StatusError extends Error {
  readonly status: KubernetesStatus;

  constructor(reason: StatusReason, message: string, options: FailureStatusOptions = {}) {
    super(message);
    this.name = 'StatusError';
    this.status = failureStatus(reason, message, options);
  }
}

/** `pods` or `deployments.apps`, as the API server names resources in messages. */
export function qualified(resource: string, group: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** 404 for an object. */
export function notFound(resource: string, group: string, name: string): StatusError {
  return new StatusError('NotFound', `${qualified(resource, group)} ${JSON.stringify(name)} not found`, {
    details: { name, ...(group && { group }), kind: resource },
  });
}

/** 409 for a name that is taken. */
export function alreadyExists(resource: string, group: string, name: string): StatusError {
  return new StatusError('AlreadyExists', `${qualified(resource, group)} ${JSON.stringify(name)} already exists`, {
    details: { name, ...(group && { group }), kind: resource },
  });
}

/** 409 for a resourceVersion that is not the current one. */
export function conflict(resource: string, group: string, name: string, why?: string): StatusError {
  const reason = why ?? 'the object has been modified; please apply your changes to the latest version and try again';
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource, group)} ${JSON.stringify(name)}: ${reason}`,
    { details: { name, ...(group && { group }), kind: resource } },
  );
}

/** One thing wrong with an object. */
export interface FieldProblem {
  readonly field: string;
  /** `FieldValueInvalid`, `FieldValueRequired` …, as in meta/v1. */
  readonly reason: string;
  readonly message: string;
}

/** 422 with its causes. */
export function invalid(kind: string, group: string, name: string, problems: readonly FieldProblem[]): StatusError {
  const texts = problems.map((problem) => `${problem.field}: ${problem.message}`);
  const list = texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`;
  return new StatusError('Invalid', `${qualified(kind, group)} ${JSON.stringify(name)} is invalid: ${list}`, {
    details: {
      name,
      ...(group && { group }),
      kind,
      causes: problems.map(({ field, reason, message }) => ({ reason, message, field })),
    },
  });
}

/** 410 for a resourceVersion that has been compacted away. */
export function expired(wanted: string | number, oldest: number): StatusError {
  return new StatusError('Expired', `too old resource version: ${wanted} (${oldest})`);
}
