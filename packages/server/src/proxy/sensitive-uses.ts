import { neededPrivileges, requiredActions } from '@sallyport/authz';
import type { Facts } from './admit.ts';

/**
 * What of a request an auditor wants to see at once: the privileges that it needs, by its words or its body, and `proxy` for
 * what reaches past the API server into a pod or service. Empty for everything else, and for questions about access.
 */
export function sensitiveUses({ attributes, question }: Facts): readonly string[] {
  if (attributes === undefined || question?.isReview !== undefined) return [];
  const actions = requiredActions(attributes);
  const uses = new Set<string>(actions.flatMap(neededPrivileges));
  for (const { privilege } of question?.content?.privileges ?? []) uses.add(privilege);
  if (question?.actAs !== undefined) uses.add('impersonation');
  const isProxied = actions.some((action) => action.kind === 'resource' && action.subresource === 'proxy');
  if (isProxied && !uses.has('nodeProxy')) uses.add('proxy');
  return [...uses];
}
