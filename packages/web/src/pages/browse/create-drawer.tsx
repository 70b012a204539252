import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type CreateResult, createObjects } from '../../api/kube/create-objects.ts';
import { readObjects, type WrittenObject } from '../../api/kube/kube-objects.ts';
import { describeServerProblem } from '../../api/server-problem.ts';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { YamlField } from '../../parts/yaml-field.tsx';
import { Button } from '../../ui/button.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { Gate } from '../../ui/gate.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useBrowsed } from './use-kube.ts';

const EXAMPLE = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  currency: EUR';

/** New objects from YAML, one or more: tried at the API server first, then made, each with a result of its own. */
export function CreateDrawer({
  namespace,
  onClose,
}: {
  readonly namespace: string | undefined;
  readonly onClose: () => void;
}) {
  const { client } = useBrowsed();
  const toast = useToast();
  const [text, setText] = useState('');
  const place = namespace ?? 'default';
  const read = readObjects(text);
  const make = (isTrial: boolean) => (objects: readonly WrittenObject[]) =>
    createObjects(objects, { client, namespace: place, isTrial });
  const tried = useMutation({ mutationFn: make(true) });
  const made = useMutation({
    mutationFn: make(false),
    onSuccess: (results) => {
      if (results.some(({ outcome }) => outcome !== 'created')) return;
      const [first] = results;
      toast({
        text:
          results.length === 1 && first !== undefined
            ? `${first.kind} ${first.name} is made.`
            : `${results.length} objects are made.`,
        gate: 'open',
      });
      onClose();
    },
  });
  const results = made.data ?? tried.data;
  const isReady = made.data === undefined && tried.data?.every(({ outcome }) => outcome !== 'failed') === true;
  const problem = text.trim() === '' || 'objects' in read ? undefined : read.problem;
  const missing = 'problem' in read ? read.problem : undefined;
  return (
    <Drawer title="Create from YAML" onClose={onClose}>
      <div className="flex flex-col gap-3">
        <YamlField
          label="Objects"
          text={text}
          problem={problem}
          placeholder={EXAMPLE}
          onChange={(next) => {
            tried.reset();
            made.reset();
            setText(next);
          }}
        />
        <p className="text-second text-ink-3">
          What names no namespace is made in <bdi className="font-mono">{place}</bdi>. Divide objects by a line of{' '}
          <code>---</code>.
        </p>
        {(tried.error ?? made.error) !== null && <ProblemNotice error={tried.error ?? made.error} />}
        {results !== undefined && <Results results={results} isTrial={made.data === undefined} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{made.data === undefined ? 'Discard' : 'Close'}</Button>
          {isReady ? (
            <Button
              kind="primary"
              busy={made.isPending && 'Creating'}
              onClick={() => 'objects' in read && made.mutate(read.objects)}
            >
              Create {results?.length === 1 ? 'it' : `${results?.length} objects`}
            </Button>
          ) : (
            <Button
              kind="primary"
              busy={tried.isPending && 'Trying'}
              disabledReason={missing ?? (results === undefined ? undefined : 'Change the text first')}
              onClick={() => 'objects' in read && tried.mutate(read.objects)}
            >
              Try at the API server
            </Button>
          )}
        </div>
        <CommandLine command={`kubectl create --dry-run=server -n ${place} -f -`} />
      </div>
    </Drawer>
  );
}

/** One line for each object: what it is and what became of it. */
function Results({ results, isTrial }: { readonly results: readonly CreateResult[]; readonly isTrial: boolean }) {
  return (
    <section aria-label={isTrial ? 'What the API server says' : 'What was made'}>
      <ul role="status">
        {results.map((result, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a text may name an object twice; lines are never moved.
          <li key={index} className="flex items-baseline gap-2 border-t border-line py-2 text-note">
            <Gate
              state={result.outcome === 'failed' ? 'barred' : result.outcome === 'waits' ? 'waiting' : 'open'}
              className="shrink-0"
            />
            <div className="min-w-0 flex-1">
              <p>
                {result.kind} <bdi className="font-mono text-mono">{result.name}</bdi>
                {result.namespace !== undefined && (
                  <span className="text-ink-3">
                    {' '}
                    in <bdi>{result.namespace}</bdi>
                  </span>
                )}
              </p>
              <p className={result.outcome === 'failed' ? 'text-danger' : 'text-ink-2'}>
                <Words result={result} isTrial={isTrial} />
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Words({ result, isTrial }: { readonly result: CreateResult; readonly isTrial: boolean }) {
  if (result.outcome === 'created') return isTrial ? 'It would be made.' : 'It is made.';
  if (result.outcome === 'waits') {
    return (
      <>
        It can’t be tried before <bdi>{result.for}</bdi> is there.
      </>
    );
  }
  const { sentence, nextStep, code } = describeServerProblem(result.error);
  return (
    <>
      <bdi>{sentence}</bdi> <bdi>{nextStep}</bdi> {code !== undefined && <code className="text-ink-3">{code}</code>}
    </>
  );
}
