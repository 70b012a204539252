import { isDnsLabel } from '@sallyport/core';
import { type FormEvent, useState } from 'react';
import type { AskedPlace } from '../../app/paths.ts';
import { Field, Input } from '../../ui/field.tsx';

type Place = Pick<AskedPlace, 'cluster' | 'namespace'>;

/** What {@link PlaceFields} edits. */
export interface PlaceFieldsProps {
  readonly place: Place;
  readonly onPlace: (place: Place) => void;
}

/** Where access is asked for. What can be asked for depends on it, so a change counts once the field is left. */
export function PlaceFields({ place, onPlace }: PlaceFieldsProps) {
  const [draft, setDraft] = useState<Place>({ cluster: place.cluster, namespace: place.namespace });
  const problemOf = (name: string, what: string) =>
    name === '' || isDnsLabel(name) ? undefined : `No ${what} has such a name.`;
  const problems = {
    cluster: problemOf(draft.cluster, 'cluster'),
    namespace: problemOf(draft.namespace, 'namespace'),
  };

  function settle(event?: FormEvent) {
    event?.preventDefault();
    const isChanged = draft.cluster !== place.cluster || draft.namespace !== place.namespace;
    if (isChanged && problems.cluster === undefined && problems.namespace === undefined) onPlace(draft);
  }

  return (
    <form
      className="grid grid-cols-2 gap-4 max-md:grid-cols-1"
      onSubmit={settle}
      onBlur={() => settle()}
      noValidate
      aria-label="Where"
    >
      <Field label="Cluster" problem={problems.cluster}>
        {(control) => (
          <Input
            mono
            {...control}
            value={draft.cluster}
            onChange={({ target }) => setDraft({ ...draft, cluster: target.value.trim() })}
            maxLength={63}
          />
        )}
      </Field>
      <Field label="Namespace" problem={problems.namespace} hint="Empty: the whole cluster.">
        {(control) => (
          <Input
            mono
            {...control}
            value={draft.namespace}
            onChange={({ target }) => setDraft({ ...draft, namespace: target.value.trim() })}
            maxLength={63}
          />
        )}
      </Field>
      <button type="submit" className="sr-only" tabIndex={-1}>
        Show what can be asked for
      </button>
    </form>
  );
}
