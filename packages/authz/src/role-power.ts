import { rungOf } from './authority/ceiling.ts';
import { compareText } from './compile-binding.ts';
import type { CompiledRole } from './compile-role.ts';

/**
 * Orders roles by how much they may do, the least first, for those who choose one that is enough: by dangerous actions, then
 * those with rules of their own before bare ceilings and wildcards, then by ceiling, by how much the rules name, by what they
 * allow on Sallyport itself, and by name. A rule of thumb for proposals; nothing is decided by it.
 */
export function comparePower(a: CompiledRole, b: CompiledRole): number {
  const [left, right] = [powerOf(a), powerOf(b)];
  const at = left.findIndex((measure, index) => measure !== right[index]);
  return at < 0 ? compareText(a.role.name, b.role.name) : (left[at] ?? 0) - (right[at] ?? 0);
}

function powerOf({ role, privileges, permissions }: CompiledRole): readonly number[] {
  const { rules, ceilingGroups } = role;
  const widths = rules?.map(({ verbs, resources = [] }) => countOf(verbs) * countOf(resources)) ?? [ANY * ANY];
  const isWide = widths.some((width) => width >= ANY * ANY);
  const rung = Math.max(-1, ...ceilingGroups.map(rungOf));
  return [privileges.size, isWide ? 1 : 0, rung, widths.reduce((sum, width) => sum + width, 0), permissions.size];
}

/** A wildcard is more than a rule could list. */
const ANY = 1_000;

function countOf(words: readonly string[]): number {
  return words.includes('*') ? ANY : words.length;
}
