import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RotateCw, ScrollText, SquareTerminal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { KubeKind } from '../../api/kube/discovery.ts';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { useSearch } from '../../app/use-search.ts';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { Confirm } from '../../ui/overlay.tsx';
import { useToast } from '../../ui/toast.tsx';
import { Offered } from './locked.tsx';
import { objectQueryKey } from './object-drawer.tsx';
import { ScaleDialog } from './scale-dialog.tsx';
import { mayShell, useBrowsed, useMay } from './use-kube.ts';

const ICON = { size: 12, strokeWidth: 1.6, 'aria-hidden': true } as const;
/** Kinds whose pods a rollout makes anew. */
const RESTARTABLE = new Set(['deployments', 'statefulsets', 'daemonsets']);
const STRATEGIC = 'application/strategic-merge-patch+json';

/** What can be done with an object, as far as the reader may; what could be asked for has a lock. */
export function ObjectActions({
  kind,
  object,
  path,
}: {
  readonly kind: KubeKind;
  readonly object: KubeObject;
  readonly path: string;
}) {
  const { client } = useBrowsed();
  const queries = useQueryClient();
  const toast = useToast();
  const { name, namespace } = object.metadata;
  const may = useMay(client, namespace);
  const [, setSearch] = useSearch();
  const [dialog, setDialog] = useState<'delete' | 'restart' | 'scale'>();
  const on = { group: kind.group, resource: kind.resource, name } as const;
  const refresh = () => queries.invalidateQueries({ queryKey: objectQueryKey(client.clusterId, path) });

  const remove = useMutation({
    mutationFn: () => client.send({ method: 'DELETE', path }),
    onSuccess: () => {
      toast({ text: `${object.kind} ${name} is deleted.`, gate: 'ended' });
      setSearch({ name: undefined, in: undefined, tab: undefined, panel: undefined, container: undefined });
    },
  });
  const restart = useMutation({
    mutationFn: () =>
      client.send({
        method: 'PATCH',
        path: `${path}?fieldManager=sallyport-web`,
        contentType: STRATEGIC,
        body: {
          spec: {
            template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() } } },
          },
        },
      }),
    onSuccess: async () => {
      setDialog(undefined);
      toast({ text: `${object.kind} ${name} restarts its pods.`, gate: 'open' });
      await refresh();
    },
  });

  const place = namespace === undefined ? '' : ` -n ${shellWord(namespace)}`;
  return (
    <div className="flex flex-wrap gap-1.5">
      {kind.id === 'v1.pods' && (
        <>
          <Offered
            allowed={may({ ...on, verb: 'get', subresource: 'log' })}
            namespace={namespace}
            what="read logs"
            icon={<ScrollText {...ICON} />}
            onClick={() => setSearch({ panel: 'logs' })}
          >
            Logs
          </Offered>
          <Offered
            allowed={mayShell(may, name)}
            namespace={namespace}
            what="open a shell"
            icon={<SquareTerminal {...ICON} />}
            onClick={() => setSearch({ panel: 'shell' })}
          >
            Shell
          </Offered>
        </>
      )}
      {kind.subresources.includes('scale') && (
        <Offered
          allowed={may({ ...on, verb: 'patch', subresource: 'scale' })}
          namespace={namespace}
          what={`scale ${kind.resource}`}
          onClick={() => setDialog('scale')}
        >
          Scale
        </Offered>
      )}
      {kind.group === 'apps' && RESTARTABLE.has(kind.resource) && (
        <Offered
          allowed={may({ ...on, verb: 'patch' })}
          namespace={namespace}
          what={`restart ${kind.resource}`}
          icon={<RotateCw {...ICON} />}
          onClick={() => setDialog('restart')}
        >
          Restart
        </Offered>
      )}
      {kind.verbs.includes('delete') && (
        <Offered
          allowed={may({ ...on, verb: 'delete' })}
          namespace={namespace}
          what={`delete ${kind.resource}`}
          isDanger
          icon={<Trash2 {...ICON} />}
          onClick={() => setDialog('delete')}
        >
          Delete
        </Offered>
      )}
      {dialog === 'scale' && (
        <ScaleDialog kind={kind} object={object} path={path} onClose={() => setDialog(undefined)} onScaled={refresh} />
      )}
      <Confirm
        open={dialog === 'restart'}
        onOpenChange={(isOpen) => !isOpen && setDialog(undefined)}
        title={
          <>
            Restart the pods of <bdi>{name}</bdi>?
          </>
        }
        verb="Restart"
        keep="Leave them"
        busy={restart.isPending && 'Restarting'}
        onConfirm={() => restart.mutate()}
      >
        <div className="flex flex-col gap-3">
          <p>They are made anew one after the other, as its strategy says.</p>
          {restart.error !== null && <ProblemNotice error={restart.error} />}
          <CommandLine command={`kubectl${place} rollout restart ${kind.resource}/${shellWord(name)}`} />
        </div>
      </Confirm>
      <Confirm
        open={dialog === 'delete'}
        onOpenChange={(isOpen) => !isOpen && setDialog(undefined)}
        title={
          <>
            Delete {object.kind} <bdi>{name}</bdi>?
          </>
        }
        verb="Delete"
        busy={remove.isPending && 'Deleting'}
        onConfirm={() => remove.mutate()}
      >
        <div className="flex flex-col gap-3">
          <p>The cluster removes it, and what belongs to it. What made it may make another.</p>
          {remove.error !== null && <ProblemNotice error={remove.error} />}
          <CommandLine command={`kubectl${place} delete ${kind.resource} ${shellWord(name)}`} />
        </div>
      </Confirm>
    </div>
  );
}
