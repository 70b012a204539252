/** A rule of a ClusterRole. */
export interface RoleRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Something that a role allows in a namespace. */
export interface RoleAction {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** Of the one object that it is about, where the role names objects. */
  readonly name?: string;
}

/**
 * An action by which it shows that a role is in force: one that the role allows, and as few of the others as possible, because
 * whoever is bound to those may do it already. `undefined` when the role allows nothing that can be asked for.
 */
export function tellingAction(
  role: string,
  rulesByRole: ReadonlyMap<string, readonly RoleRule[]>,
): RoleAction | undefined {
  let best: { readonly action: RoleAction; readonly others: number } | undefined;
  for (const action of actionsOf(rulesByRole.get(role) ?? [])) {
    let others = 0;
    for (const [other, rules] of rulesByRole)
      if (other !== role && rules.some((rule) => allows(rule, action))) others++;
    if (best === undefined || others < best.others) best = { action, others };
    if (others === 0) break;
  }
  return best?.action;
}

function* actionsOf(rules: readonly RoleRule[]): Generator<RoleAction> {
  for (const { verbs = [], apiGroups = [], resources = [], resourceNames = [] } of rules) {
    // Rights on single names say nothing about those on the kind, so one of them is asked about.
    const [name] = resourceNames;
    for (const group of apiGroups) {
      for (const path of resources) {
        const [resource = '', subresource = ''] = path.split('/');
        for (const verb of verbs) yield { verb, group, resource, subresource, ...(name !== undefined && { name }) };
      }
    }
  }
}

function allows(rule: RoleRule, { verb, group, resource, subresource }: RoleAction): boolean {
  const has = (list: readonly string[] | undefined, value: string) =>
    list?.includes('*') === true || list?.includes(value) === true;
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  return has(rule.verbs, verb) && has(rule.apiGroups, group) && has(rule.resources, path);
}
