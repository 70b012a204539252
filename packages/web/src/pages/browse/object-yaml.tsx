import { ApiProblemError } from '@sallyport/core/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { KubeKind } from '../../api/kube/discovery.ts';
import { type KubeObject, objectText, readEdited, withoutManagers } from '../../api/kube/object-text.ts';
import { rebaseEdit } from '../../api/kube/rebase-edit.ts';
import { describeServerProblem } from '../../api/server-problem.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { YamlField } from '../../parts/yaml-field.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock, DiffBlock } from '../../ui/code.tsx';
import { Notice } from '../../ui/notice.tsx';
import { useToast } from '../../ui/toast.tsx';
import { Offered } from './locked.tsx';
import { objectQueryKey } from './object-drawer.tsx';
import { useBrowsed, useMay } from './use-kube.ts';

const MANAGER = 'fieldManager=sallyport-web';

/** What is written, and the state of the object that it began with. */
interface Edit {
  readonly from: KubeObject;
  readonly text: string;
}

/** Whether the API server holds a newer version than the one that was edited. */
const isConflict = (error: unknown) => error instanceof ApiProblemError && error.problem.status === 409;

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
  const [edited, setEdited] = useState<Edit>();
  if (edited === undefined) {
    return (
      <div className="flex flex-col gap-2">
        <div>
          <Offered
            allowed={may({ verb: 'update', group: kind.group, resource: kind.resource, name })}
            action={{ verb: 'update', group: kind.group, resource: kind.resource }}
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
    <Editor path={path} from={edited.from} text={edited.text} onChange={setEdited} onEnd={() => setEdited(undefined)} />
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
  readonly onChange: (edit: Edit) => void;
  readonly onEnd: () => void;
}) {
  const { client } = useBrowsed();
  const queries = useQueryClient();
  const toast = useToast();
  const [clashes, setClashes] = useState<readonly string[]>([]);
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
  const newest = useMutation({
    mutationFn: () => client.get<KubeObject>(path),
    onSuccess: (object) => {
      if (!('object' in read)) return;
      const { value, clashes: places } = rebaseEdit(withoutManagers(from), read.object, withoutManagers(object));
      tried.reset();
      applied.reset();
      setClashes(places);
      onChange({ from: object, text: objectText(value as KubeObject) });
    },
  });
  const failure = applied.error ?? tried.error;
  const change = (next: string) => {
    tried.reset();
    applied.reset();
    setClashes([]);
    onChange({ from, text: next });
  };
  const problem = 'problem' in read ? read.problem : undefined;
  const before = objectText(from);
  const after = tried.data === undefined ? undefined : objectText(withoutCounts(tried.data, from));
  return (
    <div className="flex flex-col gap-3">
      <YamlField label="YAML" text={text} problem={problem} onChange={change} />
      {clashes.length > 0 && (
        <Notice kind="warn" role="status" title="Both of you changed:">
          <bdi className="font-mono text-mono">{clashes.join(', ')}</bdi>. Yours stands in the text; look at the
          difference before you apply it.
        </Notice>
      )}
      {failure !== null &&
        (isConflict(failure) ? (
          <Notice
            kind="warn"
            role="alert"
            title={`${from.kind} ${from.metadata.name} was changed meanwhile.`}
            action={
              <Button busy={newest.isPending && 'Reading'} onClick={() => newest.mutate()}>
                Put mine on the newest
              </Button>
            }
          >
            Nothing of yours was applied. <code className="text-ink-3">{describeServerProblem(failure).code}</code>
          </Notice>
        ) : (
          <ProblemNotice error={failure} />
        ))}
      {newest.error !== null && <ProblemNotice error={newest.error} />}
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
