/**
 * What kind of answer a refusal is. `invalid`: what was said can't be taken. `notRequestable`: no request policy lets the
 * requester ask for it, or not so. `reviewRefused`: not by this reviewer. `contentChanged`: not what the reviewer saw. `conflict`:
 * not in the state in which it is, or no longer.
 */
export type RefusalKind = 'invalid' | 'notRequestable' | 'reviewRefused' | 'contentChanged' | 'conflict';

/** Why a step of a life cycle is refused, for programs. Once released, a code keeps its meaning. */
export type RefusalCode = keyof typeof KINDS;

const KINDS = {
  /** A reason is missing. */
  reasonMissing: 'invalid',
  /** The duration can't be read, or is not longer than nothing. */
  durationInvalid: 'invalid',
  /** The start can't be read, or is before now. */
  startInvalid: 'invalid',
  /** The scope or the objects are malformed, or name what is not there. */
  placeInvalid: 'invalid',
  /** No request policy lets the requester ask for the role. */
  roleNotRequestable: 'notRequestable',
  /** The requester is nobody who is there. */
  requesterGone: 'notRequestable',
  /** The scope reaches further than the request policy. */
  placeBeyondPolicy: 'notRequestable',
  /** The duration is longer than the request policy allows, or with its renewals would be. */
  durationBeyondPolicy: 'notRequestable',
  /** The start is further ahead than the request policy allows, or goes with what starts at once. */
  startBeyondPolicy: 'notRequestable',
  /** The request policy wants a ticket id, or one of another form. */
  ticketRefused: 'notRequestable',
  /** The condition of the request policy does not hold. */
  conditionDoesNotHold: 'notRequestable',
  /** The request policy has no break-glass, or the requester has used it up, or owes a follow-up. */
  breakGlassRefused: 'notRequestable',
  /** The grant that is to be prolonged is somebody else's, or is over. */
  renewalRefused: 'notRequestable',
  /** The reviewer is the requester, or another account of theirs. */
  ownRequest: 'reviewRefused',
  /** The reviewer is none of those who review this. */
  notReviewer: 'reviewRefused',
  /** The reviewer has approved it before. */
  alreadyReviewed: 'reviewRefused',
  /** The request is not what the reviewer saw. */
  contentChanged: 'contentChanged',
  /** It is not in a state in which this can be done. */
  wrongState: 'conflict',
  /** Its time is over. */
  overdue: 'conflict',
  /** Its time has not come. */
  notDue: 'conflict',
  /** What it refers to is gone, or no longer lets the requester ask for it. */
  basisGone: 'conflict',
} as const satisfies Readonly<Record<string, RefusalKind>>;

/** A step of a life cycle that is not made. An expected outcome, so a value. */
export interface Refusal {
  readonly outcome: 'refused';
  readonly code: RefusalCode;
  readonly kind: RefusalKind;
  /** One sentence without a full stop. */
  readonly message: string;
  readonly nextStep?: string;
}

/** Makes a refusal. */
export function refuse(code: RefusalCode, message: string, nextStep?: string): Refusal {
  return { outcome: 'refused', code, kind: KINDS[code], message, ...(nextStep !== undefined && { nextStep }) };
}
