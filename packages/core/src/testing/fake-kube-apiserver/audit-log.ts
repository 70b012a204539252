import type { Clock } from '../../clock.ts';
import type { RequestInfo } from './request-info.ts';
import { type UserInfo, userInfoJson } from './user.ts';

/** An event in the shape of `audit.k8s.io/v1`, level Metadata. */
export interface AuditLogEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: 'Metadata';
  readonly auditID: string;
  readonly stage: 'ResponseStarted' | 'ResponseComplete';
  readonly requestURI: string;
  readonly verb: string;
  readonly user: Record<string, unknown>;
  readonly impersonatedUser?: Record<string, unknown>;
  readonly authenticationMetadata?: { readonly impersonationConstraint: string };
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  /** Absent for paths that are no resource. */
  readonly objectRef?: {
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly apiVersion: string;
    readonly subresource?: string;
  };
  readonly responseStatus: { readonly metadata: Record<string, never>; readonly code: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What is known of a request when a stage is written. */
export interface AuditInput {
  readonly auditID: string;
  readonly target: string;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly impersonated: UserInfo | undefined;
  readonly constraint: string | undefined;
  readonly sourceIP: string;
  readonly userAgent: string;
  readonly receivedAtMs: number;
  /** Why it was allowed; `undefined` when it was not. */
  readonly reason: string | undefined;
}

/** The audit log of the fake, in memory. */
export interface AuditLog {
  readonly events: readonly AuditLogEvent[];
  write(stage: AuditLogEvent['stage'], code: number, input: AuditInput): void;
  /** Resolves with the first event, past or future, that the predicate takes. */
  waitFor(predicate: (event: AuditLogEvent) => boolean): Promise<AuditLogEvent>;
}

function objectRef(info: RequestInfo): AuditLogEvent['objectRef'] {
  return {
    resource: info.resource,
    ...(info.namespace && { namespace: info.namespace }),
    ...(info.name && { name: info.name }),
    ...(info.group && { apiGroup: info.group }),
    apiVersion: info.version,
    ...(info.subresource && { subresource: info.subresource }),
  };
}

const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** Creates an empty audit log. When events are not kept, they only reach those who wait for them. */
export function createAuditLog(clock: Clock, isKeeping: boolean): AuditLog {
  const events: AuditLogEvent[] = [];
  const waiting = new Set<(event: AuditLogEvent) => void>();
  return {
    events,
    write(stage, code, input) {
      const ref = input.info.isResource ? objectRef(input.info) : undefined;
      const event: AuditLogEvent = {
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level: 'Metadata',
        auditID: input.auditID,
        stage,
        requestURI: input.target,
        verb: input.info.verb,
        user: userInfoJson(input.user),
        ...(input.impersonated && { impersonatedUser: userInfoJson(input.impersonated) }),
        ...(input.constraint && { authenticationMetadata: { impersonationConstraint: input.constraint } }),
        sourceIPs: [input.sourceIP],
        userAgent: input.userAgent,
        ...(ref && { objectRef: ref }),
        responseStatus: { metadata: {}, code },
        requestReceivedTimestamp: microTime(input.receivedAtMs),
        stageTimestamp: microTime(clock.now()),
        annotations: {
          'authorization.k8s.io/decision': input.reason === undefined ? 'forbid' : 'allow',
          'authorization.k8s.io/reason': input.reason ?? '',
        },
      };
      if (isKeeping) events.push(event);
      for (const listener of [...waiting]) listener(event);
    },
    waitFor(predicate) {
      const past = events.find(predicate);
      if (past) return Promise.resolve(past);
      return new Promise((resolve) => {
        const listener = (event: AuditLogEvent): void => {
          if (!predicate(event)) return;
          waiting.delete(listener);
          resolve(event);
        };
        waiting.add(listener);
      });
    },
  };
}
