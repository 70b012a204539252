import type { KindResource } from '@sallyport/core/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useGo } from '../../app/use-go.ts';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { Field, Input } from '../../ui/field.tsx';
import { Confirm } from '../../ui/overlay.tsx';
import { useToast } from '../../ui/toast.tsx';

/** Asks for the name of a cluster before it is deregistered: nothing brings its agents back but a new installation. */
export function DeregisterDialog({
  cluster: { metadata, spec },
  onClose,
}: {
  readonly cluster: KindResource<'Cluster'>;
  readonly onClose: () => void;
}) {
  const { api, organization } = useSignedIn();
  const queries = useQueryClient();
  const go = useGo();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const { name, resourceVersion } = metadata;
  const deregister = useMutation({
    mutationFn: () => api.deleteCluster({ organization, name }, { ifMatch: resourceVersion }),
    onSuccess: () => {
      // Nothing of it is asked for again by this page, which is left: it is gone.
      void queries.invalidateQueries({ queryKey: ['clusters'], refetchType: 'none' });
      toast({ text: `${name} is deregistered.`, gate: 'ended' });
      go(paths.clusters());
    },
  });
  return (
    <Confirm
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={
        <>
          Deregister <bdi>{name}</bdi>?
        </>
      }
      verb="Deregister"
      keep="Keep it"
      busy={deregister.isPending && 'Deregistering'}
      disabledReason={typed === name ? undefined : 'Type the name of the cluster first'}
      onConfirm={() => deregister.mutate()}
    >
      <div className="flex flex-col gap-3">
        <p>
          Everybody loses their access through it at once, and what runs there ends.{' '}
          {spec.agent?.keepObjects === true
            ? 'What was installed in the cluster stays.'
            : 'Its agents remove what was installed in the cluster.'}
        </p>
        <Field label={`Type ${name} to confirm`}>
          {(control) => <Input {...control} mono value={typed} onChange={({ target }) => setTyped(target.value)} />}
        </Field>
        {deregister.error !== null && <ProblemNotice error={deregister.error} />}
        <CommandLine command={`sallyport clusters deregister ${shellWord(name)}`} />
      </div>
    </Confirm>
  );
}
