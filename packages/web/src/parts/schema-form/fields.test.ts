import { describe, expect, it } from 'vitest';
import { kindSchemas } from '../../api/kind-schemas.ts';
import { type FormField, fieldOf, labelOf } from './fields.ts';

function namesOf(field: FormField): readonly string[] {
  return field.kind === 'group' ? field.fields.map(({ name }) => name) : [];
}

function inner(field: FormField, name: string): FormField {
  const found = field.kind === 'group' ? field.fields.find((each) => each.name === name) : undefined;
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.field;
}

/** Every part that only YAML fits. */
function rawParts(field: FormField, path: string): readonly string[] {
  if (field.kind === 'raw') return [path];
  if (field.kind === 'group') return field.fields.flatMap(({ name, field: each }) => rawParts(each, `${path}.${name}`));
  if (field.kind === 'list') return rawParts(field.item, `${path}[]`);
  if (field.kind === 'variants')
    return field.options.flatMap(({ label, field: each }) => rawParts(each, `${path}<${label}>`));
  return [];
}

describe('the form of a kind', () => {
  it('is there for each kind, with YAML only where a document is free', () => {
    const raw = Object.entries(kindSchemas).flatMap(([kind, schema]) => rawParts(fieldOf(schema), kind));
    expect(raw).toEqual(['WorkloadIdentity.jwks.keys[]']);
  });

  it('tells the variants of subjects and scopes by their kind', () => {
    const binding = fieldOf(kindSchemas.Binding);
    expect(namesOf(binding)).toEqual(['description', 'role', 'subjects', 'scope', 'condition']);
    const subjects = inner(binding, 'subjects');
    const options = subjects.kind === 'list' && subjects.item.kind === 'variants' ? subjects.item.options : [];
    expect(options.map(({ label }) => label)).toEqual(['User', 'Group', 'Service account', 'Workload identity']);
    expect(options.map(({ holds }) => holds({ kind: 'Group', name: 'ops' }))).toEqual([false, true, false, false]);
    expect(options[1]?.initial).toEqual({ kind: 'Group' });
    expect(options[1] && namesOf(options[1].field)).toEqual(['name', 'identityProvider']);
  });

  it('takes everyone or a list, and namespaces by name or by labels', () => {
    const subjects = inner(fieldOf(kindSchemas.AccessPolicy), 'subjects');
    const options = subjects.kind === 'variants' ? subjects.options : [];
    expect(options.map(({ label, holds }) => [label, holds('everyone'), holds([])])).toEqual([
      ['Everyone', true, false],
      ['These', false, true],
    ]);
  });

  it('hides what is secret, and knows numbers, switches and fixed lists', () => {
    const sink = fieldOf(kindSchemas.AuditSink);
    expect(inner(inner(sink, 'webhook'), 'secret')).toMatchObject({ kind: 'text', isSecret: true });
    expect(inner(sink, 'categories')).toMatchObject({ kind: 'choices' });
    expect(inner(sink, 'disabled')).toEqual({ kind: 'switch' });
    expect(inner(sink, 'maxEventsBehind')).toEqual({ kind: 'number', least: 100, most: 100_000_000 });
    expect(inner(fieldOf(kindSchemas.Group), 'users')).toEqual({ kind: 'lines' });
  });

  it('has labels that people read', () => {
    expect(['credentialLifetime', 'ipRanges', 'clusterSelector', 'url'].map(labelOf)).toEqual([
      'Credential lifetime',
      'IP ranges',
      'Cluster selector',
      'URL',
    ]);
  });
});
