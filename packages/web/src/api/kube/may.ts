/** One rule of a SelfSubjectRulesReview. */
export interface ReviewedRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What is asked: may the reader do this to objects of a kind, or to one of them. */
export interface Action {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent: to all of the kind, so that rules which name objects do not count. */
  readonly name?: string;
}

const holds = (list: readonly string[] = [], word: string) => list.includes('*') || list.includes(word);

/** Whether rules allow an action. They only decide what is offered; what is done is decided by server and cluster. */
export function rulesAllow(rules: readonly ReviewedRule[], action: Action): boolean {
  const { verb, group, resource, subresource, name } = action;
  return rules.some(({ verbs, apiGroups, resources = [], resourceNames = [] }) => {
    const isNamed = resourceNames.length === 0 || (name !== undefined && resourceNames.includes(name));
    const isMeant =
      subresource === undefined
        ? holds(resources, resource)
        : resources.includes('*') ||
          resources.includes(`${resource}/${subresource}`) ||
          resources.includes(`*/${subresource}`) ||
          resources.includes(`${resource}/*`);
    return holds(verbs, verb) && holds(apiGroups, group) && isMeant && isNamed;
  });
}
