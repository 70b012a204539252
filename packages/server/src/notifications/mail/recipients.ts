import type { KindSpec, NotificationEvent } from '@sallyport/core/api';
import type { KeptAccessRequest } from '../../stores/access-contracts.ts';
import type { PrincipalRecord } from '../../stores/records.ts';

/** Most people that one mail goes to. */
export const MAX_MAIL_RECIPIENTS = 200;

/** Whom mail about an access request or a grant may concern. */
export interface Concerned {
  /** Who asked, or holds the grant. */
  readonly holder?: PrincipalRecord;
  /** Who may review now, of a request that waits for a review; and of an emergency use that waits for its own. */
  readonly reviewers: readonly PrincipalRecord[];
  readonly request?: Pick<KeptAccessRequest, 'suggestedReviewerIds'>;
}

/** What reviewers are told of; the holder is told of all else, and of what they did not do themselves. */
const FOR_REVIEWERS: readonly NotificationEvent[] = [
  'accessRequest.created',
  'accessRequest.brokeGlass',
  'accessRequest.followUpDue',
];
/** Once a step has its approvals the next one's reviewers have something to do, and the holder knows how far it is. */
const FOR_BOTH: readonly NotificationEvent[] = ['accessRequest.reviewed'];

/**
 * Addresses that a mail goes to, each once: those of the channel, and of the people it concerns. Whom the requester suggested
 * comes first where there are too many.
 */
export function mailRecipients(
  { to = [], concerned = false }: NonNullable<KindSpec<'NotificationChannel'>['email']>,
  event: NotificationEvent | 'test',
  { holder, reviewers, request }: Concerned,
): readonly string[] {
  const people: PrincipalRecord[] = [];
  if (concerned && event !== 'test') {
    const isForReviewers = FOR_REVIEWERS.includes(event) || FOR_BOTH.includes(event);
    if (isForReviewers) {
      const suggested = new Set<string>(request?.suggestedReviewerIds);
      people.push(...reviewers.filter(({ id }) => suggested.has(id)), ...reviewers);
    }
    if (!FOR_REVIEWERS.includes(event) && holder !== undefined) people.push(holder);
  }
  const addresses = [...to, ...people.flatMap(({ email, isDisabled }) => (email && !isDisabled ? [email] : []))];
  const once = new Map(addresses.filter(isAddress).map((address) => [address.toLowerCase(), address]));
  return [...once.values()].slice(0, MAX_MAIL_RECIPIENTS);
}

/** One plain address: what an identity provider states could be anything, a list or a header among it. */
function isAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s<>()[\]\\,;:@"]+@[A-Za-z0-9.-]+$/.test(text);
}
