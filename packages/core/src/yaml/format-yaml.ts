import { stringify } from 'yaml';

/** Writes a value of JSON as one YAML document, in block style, lines never folded, so that it reads back as it is. */
export function formatYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
