import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { KubeKind } from '../../api/kube/discovery.ts';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Dialog } from '../../ui/overlay.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useBrowsed } from './use-kube.ts';

/** Sets how many pods a workload has. */
export function ScaleDialog({
  kind,
  object,
  path,
  onClose,
  onScaled,
}: {
  readonly kind: KubeKind;
  readonly object: KubeObject;
  readonly path: string;
  readonly onClose: () => void;
  readonly onScaled: () => Promise<unknown>;
}) {
  const { client } = useBrowsed();
  const toast = useToast();
  const { name, namespace } = object.metadata;
  const now = (object.spec as { readonly replicas?: number } | undefined)?.replicas ?? 1;
  const [text, setText] = useState(String(now));
  const replicas = /^\d{1,6}$/.test(text) ? Number(text) : undefined;
  const scale = useMutation({
    mutationFn: (count: number) =>
      client.send({
        method: 'PATCH',
        path: `${path}/scale`,
        contentType: 'application/merge-patch+json',
        body: { spec: { replicas: count } },
      }),
    onSuccess: async (_, count) => {
      toast({ text: `${object.kind} ${name} goes to ${count}.`, gate: 'open' });
      onClose();
      await onScaled();
    },
  });
  const place = namespace === undefined ? '' : ` -n ${shellWord(namespace)}`;
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title={`Scale ${name}`}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (replicas !== undefined) scale.mutate(replicas);
        }}
      >
        <Field
          label="Pods"
          hint={`${now} now.`}
          problem={replicas === undefined ? 'A whole number, zero or more.' : undefined}
        >
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              className="!w-24"
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
        {scale.error !== null && <ProblemNotice error={scale.error} />}
        <CommandLine
          command={`kubectl${place} scale ${kind.resource}/${shellWord(name)} --replicas=${replicas ?? now}`}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button
            kind="primary"
            type="submit"
            busy={scale.isPending && 'Scaling'}
            disabledReason={replicas === undefined ? 'Give a whole number first' : undefined}
          >
            Scale to {replicas ?? '…'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
