import { type Limited, limitedBy, mostGenerous } from '../limits.ts';
import type { Reason } from '../query.ts';
import { type Choice, chooseBindings, mayReadSecrets } from './choose-bindings.ts';
import type { AllowingBinding } from './judge-binding.ts';

/** Bindings that allow a request, with what follows from them; found when it is first asked for. */
export interface AllowingSet {
  readonly bindings: readonly AllowingBinding[];
  readonly consequence: Consequence;
}

/** What follows from the bindings that allow a request, whatever else it says. */
export interface Consequence {
  /** Those that it goes by. */
  readonly choice: Choice;
  readonly reasons: readonly Reason[];
  /** Whether one of them allows only if the body, which nobody has read yet, says nothing more. */
  readonly dependsOnContent: boolean;
  readonly isConditional: boolean;
  /** When the first of the grants ends without which it would not go by the same; absent when no grant matters. */
  readonly expiresAt?: Date;
  readonly mayReadSecrets: boolean;
  /** Of all that allow, whichever of them it goes by: one more binding never takes away. */
  readonly limited?: Limited;
}

/** Makes a set. */
export function createAllowingSet(bindings: readonly AllowingBinding[], isAboutSecrets: boolean): AllowingSet {
  let consequence: Consequence | undefined;
  return {
    bindings,
    get consequence() {
      consequence ??= consequenceOf(bindings, isAboutSecrets);
      return consequence;
    },
  };
}

/** Those of a set for which something holds. */
export function narrowed(
  { bindings }: AllowingSet,
  isAboutSecrets: boolean,
  holds: (binding: AllowingBinding) => boolean,
): AllowingSet {
  return createAllowingSet(bindings.filter(holds), isAboutSecrets);
}

function consequenceOf(allowing: readonly AllowingBinding[], isAboutSecrets: boolean): Consequence {
  const chosen = chooseBindings(allowing, isAboutSecrets);
  const { bindings, endsAtMs } = lasting(withoutDoubt(chosen.bindings), chosen.view === undefined);
  const limited = mostGenerous(
    allowing.map(({ binding }) => {
      const { role } = binding.compiledRole;
      return limitedBy(role.limits, 'role', role);
    }),
  );
  return {
    choice: { ...chosen, bindings },
    reasons: bindings.map(({ binding, rule }) => binding.reasonFor(rule)),
    dependsOnContent: bindings.some((one) => one.dependsOnContent),
    isConditional: bindings.some(({ binding }) => binding.condition !== undefined),
    mayReadSecrets: bindings.every(mayReadSecrets),
    ...(Number.isFinite(endsAtMs) && { expiresAt: new Date(endsAtMs) }),
    ...(limited && { limited }),
  };
}

/**
 * Leaves out bindings that allow only if the body says nothing more, where the others have their ceilings anyway: nothing
 * has to be read then.
 */
function withoutDoubt(allowing: readonly AllowingBinding[]): readonly AllowingBinding[] {
  const sure = allowing.filter(({ dependsOnContent }) => !dependsOnContent);
  if (sure.length === allowing.length || sure.length === 0) return allowing;
  const groups = new Set(sure.flatMap(({ binding }) => binding.compiledRole.role.ceilingGroups));
  const isCovered = allowing.every(({ binding }) =>
    binding.compiledRole.role.ceilingGroups.every((group) => groups.has(group)),
  );
  return isCovered ? sure : allowing;
}

/**
 * How long a request can go by the same groups, and the bindings that matter to that. What is shown in parts needs each
 * of them. What is allowed wholly needs of each group only the binding or grant that has it for the longest: a grant beside a
 * binding with the same groups changes nothing by its end.
 */
function lasting(
  bindings: readonly AllowingBinding[],
  isWhole: boolean,
): { readonly bindings: readonly AllowingBinding[]; readonly endsAtMs: number } {
  if (bindings.every(({ binding }) => binding.grant === undefined)) return { bindings, endsAtMs: FOREVER };
  if (!isWhole) return { bindings, endsAtMs: Math.min(...bindings.map(endOf)) };
  const endByGroup = new Map<string, number>();
  for (const one of bindings) {
    for (const group of one.binding.compiledRole.role.ceilingGroups) {
      endByGroup.set(group, Math.max(endOf(one), endByGroup.get(group) ?? 0));
    }
  }
  const endsAtMs = Math.min(FOREVER, ...endByGroup.values());
  return { bindings: bindings.filter((one) => endOf(one) >= endsAtMs), endsAtMs };
}

const FOREVER = Number.POSITIVE_INFINITY;

function endOf({ binding }: AllowingBinding): number {
  return binding.grant?.endsAtMs ?? FOREVER;
}
