import { isDnsLabel } from '@sallyport/core';
import { type FormEvent, useEffect, useState } from 'react';
import type { AskedPlace } from '../../app/paths.ts';
import { Combobox, type Suggestion } from '../../ui/combobox.tsx';
import { Field } from '../../ui/field.tsx';
import { slotProps } from './request-sentence.tsx';

type Place = Pick<AskedPlace, 'cluster' | 'namespace'>;

/** What {@link PlaceFields} edits. */
export interface PlaceFieldsProps {
  readonly place: Place;
  readonly suggestions: Readonly<Record<'clusters' | 'namespaces', readonly Suggestion[]>>;
  readonly onPlace: (place: Place) => void;
}

const HOLDS = { cluster: 'clusters', namespace: 'namespaces' } as const;

/** Where access is asked for. What can be asked for depends on it, so a change counts once the field is left or a name is chosen. */
export function PlaceFields({ place: { cluster, namespace }, suggestions, onPlace }: PlaceFieldsProps) {
  const [draft, setDraft] = useState<Place>({ cluster, namespace });
  useEffect(() => setDraft({ cluster, namespace }), [cluster, namespace]);
  const problemOf = (name: string, what: string) =>
    name === '' || isDnsLabel(name) ? undefined : `No ${what} has such a name.`;
  const problems = {
    cluster: problemOf(draft.cluster, 'cluster'),
    namespace: problemOf(draft.namespace, 'namespace'),
  };

  function settle(next: Place) {
    const isChanged = next.cluster !== cluster || next.namespace !== namespace;
    const isRight = [next.cluster, next.namespace].every((name) => name === '' || isDnsLabel(name));
    if (isChanged && isRight) onPlace(next);
  }

  const field = (name: keyof Place, label: string, hint?: string) => (
    <div {...slotProps(name)}>
      <Field label={label} problem={problems[name]} hint={hint}>
        {(control) => (
          <Combobox
            mono
            control={control}
            value={draft[name]}
            suggestions={narrowed(suggestions[HOLDS[name]], draft[name], name === 'cluster' ? cluster : namespace)}
            onChange={(text) => setDraft({ ...draft, [name]: text.trim() })}
            onPick={(text) => {
              const next = { ...draft, [name]: text.trim() };
              setDraft(next);
              settle(next);
            }}
            maxLength={63}
          />
        )}
      </Field>
    </div>
  );
  return (
    <form
      className="grid grid-cols-2 gap-4 max-md:grid-cols-1"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        settle(draft);
      }}
      onBlur={() => settle(draft)}
      noValidate
      aria-label="Where"
    >
      {field('cluster', 'Cluster')}
      {field('namespace', 'Namespace', 'Empty: the whole cluster.')}
      <button type="submit" className="sr-only" tabIndex={-1}>
        Show what can be asked for
      </button>
    </form>
  );
}

/** Those with what was typed; all of them while nothing was typed since the name was chosen. */
function narrowed(all: readonly Suggestion[], typed: string, chosen: string): readonly Suggestion[] {
  return typed === chosen ? all : all.filter(({ value }) => value.includes(typed));
}
