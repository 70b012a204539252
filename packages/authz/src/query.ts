import type { Cluster, Impersonation, LoginSessionId, Principal, RequestAttributes } from '@sallyport/core';
import type { EffectiveSettings } from './settings.ts';

/** One question: may this principal do this on this cluster, now? */
export interface AccessQuery {
  readonly principal: Principal;
  /** Absent for principals that have no login session (system, workload). */
  readonly loginSessionId?: LoginSessionId;
  readonly cluster: Cluster;
  readonly attributes: RequestAttributes;
  readonly at: Date;
  /**
   * Labels of the namespace that the request names, as last seen in the cluster. Absent: not known, and no label selector
   * over namespaces matches.
   */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** Settings that apply to this principal on this cluster. Absent: nothing is restricted. */
  readonly settings?: EffectiveSettings;
  /** Whence the request comes, as far as it is known; settings that need what is not known deny. */
  readonly origin?: RequestOrigin;
}

/** Whence a request comes. */
export interface RequestOrigin {
  /**
   * `web`: the views of the web UI. `webKubectl`: kubectl in the browser. `kubectl`: everything else that presents a kube
   * credential.
   */
  readonly channel: 'kubectl' | 'webKubectl' | 'web';
  /** Whether the principal is signed in to the web UI at this moment. */
  readonly hasWebSession: boolean;
  /** Address of the peer, as the front door knows it, for sentences. */
  readonly address: string;
  /** Whether that address is in one of `ranges` (CIDR or single addresses). What can't be read holds nothing. */
  isAddressIn(ranges: readonly string[]): boolean;
}

/** The verdict on one {@link AccessQuery}. */
export type Decision = Allow | Deny;

/** Only an `Allow` can build an upstream request: it alone says who to act as. */
export interface Allow {
  readonly effect: 'allow';
  readonly impersonate: Impersonation;
  /** What must be done for the request to proceed. */
  readonly obligations: readonly Obligation[];
  /** When the basis of this decision ends; absent for standing bindings. */
  readonly expiresAt?: Date;
  readonly reasons: readonly Reason[];
  readonly snapshotVersion: number;
}

/** A refusal. Carries no identity, so nothing can be forwarded by mistake. */
export interface Deny {
  readonly effect: 'deny';
  readonly reasons: readonly Reason[];
  /** Names of roles that the principal could ask for. */
  readonly requestable: readonly string[];
  readonly snapshotVersion: number;
}

/** Something an allow demands. */
export type Obligation = { readonly kind: 'record' };

/** Why a decision came out as it did: the sentence, and the document it comes from. */
export interface Reason {
  readonly message: string;
  /** For example `binding/bnd_…` or `role/view`. */
  readonly source?: string;
}

/** Decides. Synchronous, total, no I/O: a broken rule denies and says so. */
export type Authorizer = (query: AccessQuery) => Decision;
