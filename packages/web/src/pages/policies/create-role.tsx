import { isDnsLabel } from '@sallyport/core';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { type AnyDocument, resourceCalls } from '../../api/resource-calls.ts';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { kindKey } from '../resources/queries.ts';

/** Makes a role of a suggested one under a name of the reader's; nobody holds it by that. */
export function CreateRole({ suggested }: { readonly suggested: AnyDocument }) {
  const { api, organization } = useSignedIn();
  const router = useRouter();
  const [name, setName] = useState('');
  const create = useAct({
    work: () => resourceCalls(api, 'Role', organization).create({ ...suggested, metadata: { name } }),
    changes: [kindKey('Role', organization)],
    told: () => ({ gate: 'open', text: `Created role ${name}` }),
    after: ({ metadata }) => void router.navigate({ href: paths.role(metadata.name) }),
  });
  const reason = isDnsLabel(name) ? undefined : 'Name it: lower-case letters, digits and hyphens.';
  return (
    <form
      aria-label="Make it a role"
      className="flex flex-col gap-2 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (reason === undefined && !create.isPending) create.mutate();
      }}
    >
      {create.error !== null && <ProblemNotice error={create.error} />}
      <div className="flex items-end gap-2">
        <Field label="Name of the role" className="max-w-[240px] flex-1">
          {(control) => (
            <Input {...control} mono maxLength={63} value={name} onChange={({ target }) => setName(target.value)} />
          )}
        </Field>
        <Button type="submit" busy={create.isPending && 'Creating'} disabledReason={reason}>
          Create role
        </Button>
      </div>
      <p className="text-second text-ink-3">
        Nobody holds it by that: a binding or a request policy gives it to people.
      </p>
    </form>
  );
}
