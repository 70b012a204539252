import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';
import { TokenBar } from '../../ui/token-bar.tsx';
import { AUDIT_FILTER_FIELDS, type AuditView, isTaken } from './filters.ts';
import { valuesQuery } from './queries.ts';

/** What {@link AuditFilterBar} changes. */
export interface AuditFilterBarProps {
  readonly view: AuditView;
  readonly onChange: (view: AuditView) => void;
}

const fieldOf = (name: string | undefined) => AUDIT_FILTER_FIELDS.find((field) => field.name === name);

/** The filters of the explorer as tokens; values are suggested with how often they occur in the view. */
export function AuditFilterBar({ view, onChange }: AuditFilterBarProps) {
  const source = useSignedIn();
  const [typed, setTyped] = useState<string>();
  const { data } = useQuery(valuesQuery(source, view, fieldOf(typed)?.countedBy));
  return (
    <TokenBar
      fields={AUDIT_FILTER_FIELDS}
      tokens={{ filters: view.filters, words: view.words }}
      onChange={({ filters, words }) => onChange({ ...view, filters, words })}
      onField={setTyped}
      {...(typed !== undefined && data !== undefined && { values: { [typed]: data } })}
      isTaken={(name, value) => {
        const field = fieldOf(name);
        return field !== undefined && isTaken(field, value);
      }}
      source="counted in this time and these filters"
      wordsIn="Events"
    />
  );
}
