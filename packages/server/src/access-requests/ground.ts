import type { AuditEvent, AuditEventCode, AuditFacts } from '@sallyport/audit';
import type { AuthenticationFacts, LifeCycleRecords } from '@sallyport/authz';
import type { OrganizationId, Principal } from '@sallyport/core';
import { authenticationOf } from '../access/authentication-facts.ts';
import { type ApiContext, type Call, callEvent } from '../api/context.ts';
import { ApiError } from '../errors.ts';
import type { Snapshot } from '../snapshot.ts';
import type { PrincipalRecord } from '../stores/records.ts';

/** What decisions about access work with. */
export type AccessContext = Pick<ApiContext, 'store' | 'snapshots' | 'clock' | 'namespaceLabels'>;

/** Who acts, by whatever way they come. */
export interface AccessActor {
  readonly organizationId: OrganizationId;
  /** As they come: an API key limits them. */
  readonly principal: Principal;
  /** How they signed in, for conditions. Absent: not known, and what asks for it does not hold. */
  readonly authentication?: AuthenticationFacts;
  /** The notification channel that they answered on. */
  readonly notificationChannel?: string;
  /** Makes an audit event in their name. */
  event<Code extends AuditEventCode>(code: Code, facts: AuditFacts<Code>): AuditEvent<Code>;
}

/** Whoever calls the REST API. */
export function actorOf(context: ApiContext, call: Call): AccessActor {
  const { organization, principal, loginSession } = call.caller;
  return {
    organizationId: organization.id,
    principal,
    authentication: authenticationOf(loginSession),
    event: (code, facts) => callEvent(context, call, code, facts),
  };
}

/** What one decision about access is made on: one snapshot, one instant, one person. */
export interface AccessGround {
  readonly context: AccessContext;
  readonly actor: AccessActor;
  readonly snapshot: Snapshot;
  readonly at: Date;
  /** Who acts, as that snapshot knows them, and no further than their credential is good for. */
  readonly caller: PrincipalRecord;
  /** What the life cycles are judged on. */
  readonly records: LifeCycleRecords;
}

/**
 * Makes the ground of a decision.
 * @throws ApiError `ERR_API_UNAUTHENTICATED` when whoever acts is gone or disabled by then
 */
export function groundOn(context: AccessContext, actor: AccessActor, snapshot: Snapshot): AccessGround {
  const { id, permissionLimit } = actor.principal;
  const principal = snapshot.principals.get(id);
  if (principal === undefined || principal.isDisabled) {
    throw new ApiError({
      code: 'ERR_API_UNAUTHENTICATED',
      message: 'you are not known here any longer',
      nextStep: 'Sign in with: sallyport login',
    });
  }
  return {
    context,
    actor,
    snapshot,
    at: new Date(context.clock.now()),
    caller: permissionLimit === undefined ? principal : { ...principal, permissionLimit },
    records: recordsOf(context, snapshot),
  };
}

/** A snapshot together with what is known of the labels of namespaces. */
export function recordsOf({ namespaceLabels }: Pick<AccessContext, 'namespaceLabels'>, snapshot: Snapshot) {
  const { policy, clusters, principals, projects } = snapshot;
  return { policy, clusters, principals, projects, ...(namespaceLabels && { namespaceLabels: namespaceLabels.of }) };
}
