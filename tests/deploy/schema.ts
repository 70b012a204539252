/** Checks values against a chart's schema, as Helm does before it renders. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { type ChartName, chartFolder } from './render/index.ts';

/** What the schema of a chart says against values that are laid over its defaults: one line for each, empty when they are fine. */
export function schemaProblems(chart: ChartName, values: Readonly<Record<string, unknown>>): readonly string[] {
  const read = (file: string) => readFileSync(join(chartFolder(chart), file), 'utf8');
  const validate = new Ajv({ allErrors: true, schemaId: 'auto' }).compile(JSON.parse(read('values.schema.json')));
  if (validate(coalesce(parse(read('values.yaml')), values)) === true) return [];
  return (validate.errors ?? []).map(({ dataPath, message, params }) => {
    const { additionalProperty, allowedValues } = params as { additionalProperty?: string; allowedValues?: unknown };
    const about = additionalProperty ?? (allowedValues === undefined ? '' : JSON.stringify(allowedValues));
    return `${dataPath.slice(1)}: ${message} ${about}`.trimEnd();
  });
}

/** Lays values over defaults: mappings are merged, `null` takes a key away, all else replaces. */
function coalesce(defaults: unknown, values: unknown): unknown {
  if (!isMap(defaults) || !isMap(values)) return values;
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(values)) {
    if (value === null) delete merged[key];
    else merged[key] = key in defaults ? coalesce(defaults[key], value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
