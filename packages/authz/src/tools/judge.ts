import type { AccessQuery, Authorizer, Decision, RequestContent } from '../query.ts';

/** What a body without anything remarkable says. */
export const HARMLESS_CONTENT: RequestContent = { privileges: [], mayCreate: false, holdsMask: false };

/** Decides a request whose body is not at hand: where the decision depends on it, `content` stands in for it. */
export function judge(authorize: Authorizer, query: AccessQuery, content: RequestContent = HARMLESS_CONTENT): Decision {
  const decision = authorize(query);
  const isInspected = decision.effect === 'allow' && decision.obligations.some(({ kind }) => kind === 'inspect');
  return isInspected ? authorize({ ...query, content }) : decision;
}
