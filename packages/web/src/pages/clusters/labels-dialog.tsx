import type { KindResource } from '@sallyport/core/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Button } from '../../ui/button.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Dialog } from '../../ui/overlay.tsx';
import { useToast } from '../../ui/toast.tsx';
import { formatLabels, readLabels } from './label-text.ts';

/** Edits the labels of a cluster. Roles and policies may select by them, so the server may refuse. */
export function LabelsDialog({
  cluster,
  onClose,
}: {
  readonly cluster: KindResource<'Cluster'>;
  readonly onClose: () => void;
}) {
  const { api, organization } = useSignedIn();
  const queries = useQueryClient();
  const toast = useToast();
  const { metadata, spec } = cluster;
  const [text, setText] = useState(() => formatLabels(metadata.labels ?? {}));
  const read = readLabels(text);
  const save = useMutation({
    mutationFn: (labels: Readonly<Record<string, string>>) =>
      api.updateCluster(
        {
          organization,
          name: metadata.name,
          body: {
            apiVersion: 'sallyport.dev/v1',
            kind: 'Cluster',
            metadata: { name: metadata.name, labels: { ...labels } },
            spec,
          },
        },
        { ifMatch: metadata.resourceVersion },
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['clusters'] });
      toast({ text: `The labels of ${metadata.name} are saved.`, gate: 'open' });
      onClose();
    },
  });
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title={`Labels of ${metadata.name}`}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if ('labels' in read) save.mutate(read.labels);
        }}
      >
        <Field
          label="Labels"
          hint="One in each line, as key=value. Bindings, policies and requests may go by them."
          problem={'problem' in read ? read.problem : undefined}
        >
          {(control) => (
            <TextArea
              {...control}
              rows={6}
              spellCheck={false}
              className="font-mono text-mono"
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
        {save.error !== null && <ProblemNotice error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep them</Button>
          <Button
            kind="primary"
            type="submit"
            busy={save.isPending && 'Saving'}
            disabledReason={'problem' in read ? read.problem : undefined}
          >
            Save labels
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
