import type { Filter, JqStep } from '../grammar/filters.ts';
import { createHold } from './hold.ts';
import type { LineFilter } from './line-filter.ts';

/** Follows a path through the one JSON document that its input is. */
export function createJqFilter({ steps, isRaw, isCompact }: Extract<Filter, { kind: 'jq' }>): LineFilter {
  const lines: string[] = [];
  const hold = createHold('jq');
  const show = (value: unknown): readonly string[] => {
    if (isRaw && typeof value === 'string') return value.split('\n');
    return (JSON.stringify(value, undefined, isCompact ? 0 : 2) ?? 'null').split('\n');
  };
  return {
    isDone: false,
    push(line) {
      hold(line);
      lines.push(line);
      return [];
    },
    end() {
      const text = lines.join('\n');
      if (text.trim() === '') return [];
      let document: unknown;
      try {
        document = JSON.parse(text);
      } catch {
        throw new RangeError('jq: the input is no JSON (add -o json to the command)');
      }
      return steps
        .reduce<readonly unknown[]>((values, step) => values.flatMap((value) => take(value, step)), [document])
        .flatMap(show);
    },
  };
}

function take(value: unknown, step: JqStep): readonly unknown[] {
  switch (step.kind) {
    case 'key':
      if (value === null) return [null];
      if (isObject(value)) return [Object.hasOwn(value, step.name) ? value[step.name] : null];
      return missing(step, `a ${nameOf(value)} has no key "${step.name}"`);
    case 'index':
      if (value === null) return [null];
      if (Array.isArray(value)) return [value.at(step.at) ?? null];
      return missing(step, `a ${nameOf(value)} has no index ${step.at}`);
    case 'each':
      if (Array.isArray(value)) return value;
      if (isObject(value)) return Object.values(value);
      return missing(step, `a ${nameOf(value)} holds nothing to go through`);
    case 'length':
      if (value === null) return [0];
      if (typeof value === 'string' || Array.isArray(value)) return [value.length];
      if (isObject(value)) return [Object.keys(value).length];
      throw new RangeError(`jq: a ${nameOf(value)} has no length`);
    case 'keys':
      if (Array.isArray(value)) return [[...value.keys()]];
      if (isObject(value)) return [Object.keys(value).sort()];
      throw new RangeError(`jq: a ${nameOf(value)} has no keys`);
  }
}

function missing({ isOptional }: { readonly isOptional: boolean }, problem: string): readonly unknown[] {
  if (isOptional) return [];
  throw new RangeError(`jq: ${problem}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}
