import type { AUDIT_EVENT_SEVERITIES, DecisionId, PrincipalId, RequestAttributes } from '@sallyport/core';

/** How much an event matters. */
export type AuditSeverity = (typeof AUDIT_EVENT_SEVERITIES)[number];

/** Who acted, as far as it is known. */
export interface AuditPrincipal {
  readonly id: PrincipalId;
  readonly userName: string;
  readonly groups: readonly string[];
  readonly issuer: string;
}

/** What was asked, with nothing of its body. */
export interface AuditRequest {
  readonly id: DecisionId;
  readonly method: string;
  /** Canonical path without the query. */
  readonly path: string;
  readonly attributes?: RequestAttributes;
  readonly userAgent?: string;
  /** `Kubectl-Command` and `Kubectl-Session`, as the client states them. */
  readonly kubectlCommand?: string;
  readonly kubectlSession?: string;
  /** The way in of the web UI: its pages (`web`), or kubectl in the browser. Absent: kubectl or another client. */
  readonly channel?: 'web' | 'webKubectl';
}

/** How it was decided. */
export interface AuditDecision {
  readonly effect: 'allow' | 'deny';
  readonly reasons: readonly string[];
  readonly snapshotVersion: number;
  readonly impersonatedUser?: string;
  readonly impersonatedGroups?: readonly string[];
}

/** What a write changed in one object, with what is secret masked. JSON Patch (RFC 6902) throughout. */
export interface AuditChange {
  /** What leads from the object before to the one after. Absent when it could not be told; `omitted` says why. */
  readonly patch?: readonly AuditPatchOperation[];
  /** What leads back. Absent where a masked value stood before: then the change can't be undone from here. */
  readonly undo?: readonly AuditPatchOperation[];
  /** The body as it was sent, masked, where policy has bodies kept. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** Why a part is missing. */
  readonly omitted?: 'tooLarge' | 'unknownKind' | 'beforeUnknown' | 'afterUnknown' | 'notJson';
}

/** One operation of a JSON Patch (RFC 6902). */
export type AuditPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** How it ended. */
export interface AuditOutcome {
  readonly status: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly durationMs: number;
  readonly ended: 'completed' | 'cancelled' | 'reset' | 'tunnelLost' | 'accessEnded' | 'refused' | 'interrupted';
  /** Stable error code, when it failed on our side. */
  readonly errorCode?: string;
  /** The sentence that the caller was told then, as far as the protocol can tell one. */
  readonly reason?: string;
}
