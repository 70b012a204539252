import { coversCeiling } from '../authority/ceiling.ts';
import { SECRETS_PERMISSION } from '../check-settings.ts';
import type { ViewPart } from '../query.ts';
import type { AllowingBinding } from './judge-binding.ts';

/** The bindings that a request goes by, and whom it acts as by them. */
export interface Choice {
  readonly bindings: readonly AllowingBinding[];
  /** Union of their ceilings, sorted. */
  readonly groups: readonly string[];
  /** What they let see of a listing; absent: all. */
  readonly view?: readonly ViewPart[];
}

/**
 * Chooses, of the bindings that allow a request, those that it goes by. A request acts as one set of groups, so everything
 * that it may see or do has to be within the ceiling of each role that lets it:
 *
 * - of a listing, the bindings that show all of it go alone. If each shows a part, they go together as the groups that every
 *   one of them has, or covers; where there is none, as the groups that most of them have.
 * - of Secrets, the roles that may read them go alone where there are any, since what one role may read must not be got at
 *   through the ceiling of another.
 */
export function chooseBindings(allowing: readonly AllowingBinding[], isAboutSecrets: boolean): Choice {
  const whole = allowing.filter(({ parts }) => parts === undefined);
  if (whole.length > 0) {
    const bindings = isAboutSecrets ? readersFirst(whole) : whole;
    return { bindings, groups: unionOfCeilings(bindings) };
  }
  return chooseParts(isAboutSecrets ? readersFirst(allowing) : allowing);
}

/** Whether a role may read Secrets. */
export function mayReadSecrets({ binding }: AllowingBinding): boolean {
  return binding.compiledRole.permissions.has(SECRETS_PERMISSION);
}

function readersFirst(bindings: readonly AllowingBinding[]): readonly AllowingBinding[] {
  const readers = bindings.filter(mayReadSecrets);
  return readers.length === 0 ? bindings : readers;
}

function chooseParts(allowing: readonly AllowingBinding[]): Choice {
  const shared = unionOfCeilings(allowing).filter((group) => allowing.every((one) => covers(one, group)));
  const candidates = shared.length > 0 ? [shared] : allowing.map(ceilingsOf);
  const choices = candidates.map((groups) => ({
    groups: [...groups].sort(),
    bindings: allowing.filter((one) => groups.every((group) => covers(one, group))),
  }));
  choices.sort((a, b) => b.bindings.length - a.bindings.length || (a.groups.join() < b.groups.join() ? -1 : 1));
  const [{ groups, bindings } = { groups: [], bindings: [] }] = choices;
  return { bindings, groups, view: unionOfParts(bindings) };
}

function unionOfParts(bindings: readonly AllowingBinding[]): readonly ViewPart[] {
  const byText = new Map(bindings.flatMap(({ parts = [] }) => parts).map((part) => [JSON.stringify(part), part]));
  return [...byText.values()];
}

function unionOfCeilings(bindings: readonly AllowingBinding[]): readonly string[] {
  const groups = new Set<string>();
  for (const one of bindings) for (const group of ceilingsOf(one)) groups.add(group);
  return [...groups].sort();
}

function ceilingsOf({ binding }: AllowingBinding): readonly string[] {
  return binding.compiledRole.role.ceilingGroups;
}

function covers(one: AllowingBinding, group: string): boolean {
  return coversCeiling(ceilingsOf(one), group);
}
