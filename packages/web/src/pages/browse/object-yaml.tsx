import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { KubeKind } from '../../api/kube/discovery.ts';
import { type KubeObject, objectText, readEdited } from '../../api/kube/object-text.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock, DiffBlock } from '../../ui/code.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { useToast } from '../../ui/toast.tsx';
import { Offered } from './locked.tsx';
import { objectQueryKey } from './object-drawer.tsx';
import { useBrowsed, useMay } from './use-kube.ts';

const MANAGER = 'fieldManager=sallyport-web';

/**
 * An object as YAML, and its edit: what is written is sent to the API server to try first, and the difference that it would make
 * there, defaults and all, is shown before anything is changed.
 */
export function ObjectYaml({
  kind,
  object,
  path,
}: {
  readonly kind: KubeKind;
  readonly object: KubeObject;
  readonly path: string;
}) {
  const { client } = useBrowsed();
  const { namespace, name } = object.metadata;
  const may = useMay(client, namespace);
  const [edited, setEdited] = useState<{ readonly from: KubeObject; readonly text: string }>();
  if (edited === undefined) {
    return (
      <div className="flex flex-col gap-2">
        <div>
          <Offered
            allowed={may({ verb: 'update', group: kind.group, resource: kind.resource, name })}
            namespace={namespace}
            what={`change ${kind.resource}`}
            onClick={() => setEdited({ from: object, text: objectText(object) })}
          >
            Edit
          </Offered>
        </div>
        <CodeBlock text={objectText(object)} label="YAML" isYaml />
      </div>
    );
  }
  return (
    <Editor
      path={path}
      from={edited.from}
      text={edited.text}
      onChange={(text) => setEdited({ ...edited, text })}
      onEnd={() => setEdited(undefined)}
    />
  );
}

function Editor({
  path,
  from,
  text,
  onChange,
  onEnd,
}: {
  readonly path: string;
  readonly from: KubeObject;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly onEnd: () => void;
}) {
  const { client } = useBrowsed();
  const queries = useQueryClient();
  const toast = useToast();
  const read = readEdited(text, from);
  const replace = (object: KubeObject, query: string) =>
    client.send<KubeObject>({ method: 'PUT', path: `${path}?${MANAGER}${query}`, body: object });
  const tried = useMutation({ mutationFn: (object: KubeObject) => replace(object, '&dryRun=All') });
  const applied = useMutation({
    mutationFn: (object: KubeObject) => replace(object, ''),
    onSuccess: (object) => {
      queries.setQueryData(objectQueryKey(client.clusterId, path), object);
      toast({ text: `${object.kind} ${object.metadata.name} is changed.`, gate: 'open' });
      onEnd();
    },
  });
  const change = (next: string) => {
    tried.reset();
    applied.reset();
    onChange(next);
  };
  const problem = 'problem' in read ? read.problem : undefined;
  const before = objectText(from);
  const after = tried.data === undefined ? undefined : objectText(withoutCounts(tried.data, from));
  return (
    <div className="flex flex-col gap-3">
      <Field label="YAML" problem={problem}>
        {(control) => (
          <TextArea
            {...control}
            rows={22}
            spellCheck={false}
            className="font-mono text-mono whitespace-pre"
            value={text}
            onChange={({ target }) => change(target.value)}
          />
        )}
      </Field>
      {tried.error !== null && <ProblemNotice error={tried.error} />}
      {applied.error !== null && <ProblemNotice error={applied.error} />}
      {after !== undefined &&
        (after === before ? (
          <p role="status" className="text-note text-ink-2">
            The API server would change nothing.
          </p>
        ) : (
          <DiffBlock before={before} after={after} label="What the API server would change" />
        ))}
      <div className="flex justify-end gap-2">
        <Button onClick={onEnd}>Discard</Button>
        {after === undefined || after === before ? (
          <Button
            kind="primary"
            busy={tried.isPending && 'Trying'}
            disabledReason={problem}
            onClick={() => 'object' in read && tried.mutate(read.object)}
          >
            Review changes
          </Button>
        ) : (
          <Button
            kind="primary"
            busy={applied.isPending && 'Applying'}
            disabledReason={problem}
            onClick={() => 'object' in read && applied.mutate(read.object)}
          >
            Apply
          </Button>
        )}
      </div>
    </div>
  );
}

/** What a trial answers counts version and generation up; that is no change that anybody makes. */
function withoutCounts(tried: KubeObject, { metadata }: KubeObject): KubeObject {
  const { resourceVersion, generation } = metadata;
  return {
    ...tried,
    metadata: {
      ...tried.metadata,
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(generation !== undefined && { generation }),
    },
  };
}
