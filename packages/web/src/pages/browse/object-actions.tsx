import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RotateCw, ScrollText, SquareTerminal, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { KubeKind } from '../../api/kube/discovery.ts';
import type { Action } from '../../api/kube/may.ts';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { useSearch } from '../../app/use-search.ts';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { Confirm } from '../../ui/overlay.tsx';
import { useToast } from '../../ui/toast.tsx';
import { Offered } from './locked.tsx';
import { CLOSED, objectQueryKey } from './object-drawer.tsx';
import { ScaleDialog } from './scale-dialog.tsx';
import { mayShell, SHELL, useBrowsed, useMay } from './use-kube.ts';

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
  const [dialog, setDialog] = useState<'delete' | 'restart' | 'scale' | 'cordon'>();
  const on = { group: kind.group, resource: kind.resource } as const;
  const offer = (action: Omit<Action, 'name' | 'group' | 'resource'>) => ({
    allowed: may({ ...on, ...action, name }),
    action: { ...on, ...action },
    namespace,
  });
  const refresh = () => queries.invalidateQueries({ queryKey: objectQueryKey(client.clusterId, path) });

  const remove = useMutation({
    mutationFn: () => client.send({ method: 'DELETE', path }),
    onSuccess: () => {
      toast({ text: `${object.kind} ${name} is deleted.`, gate: 'ended' });
      setSearch(CLOSED);
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

  const isCordoned = (object.spec as { readonly unschedulable?: boolean } | undefined)?.unschedulable === true;
  const cordon = useMutation({
    mutationFn: () =>
      client.send({
        method: 'PATCH',
        path: `${path}?fieldManager=sallyport-web`,
        contentType: STRATEGIC,
        body: { spec: { unschedulable: !isCordoned } },
      }),
    onSuccess: async () => {
      setDialog(undefined);
      toast({
        text: `Node ${name} takes ${isCordoned ? 'new pods again' : 'no new pods'}.`,
        gate: isCordoned ? 'open' : 'closing',
      });
      await refresh();
    },
  });

  const place = namespace === undefined ? '' : ` -n ${shellWord(namespace)}`;
  return (
    <div className="flex flex-wrap gap-1.5">
      {kind.id === 'v1.pods' && (
        <>
          <Offered
            {...offer({ verb: 'get', subresource: 'log' })}
            what="read logs"
            icon={<ScrollText {...ICON} />}
            onClick={() => setSearch({ panel: 'logs' })}
          >
            Logs
          </Offered>
          <Offered
            allowed={mayShell(may, name)}
            action={SHELL}
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
          {...offer({ verb: 'patch', subresource: 'scale' })}
          what={`scale ${kind.resource}`}
          onClick={() => setDialog('scale')}
        >
          Scale
        </Offered>
      )}
      {kind.group === 'apps' && RESTARTABLE.has(kind.resource) && (
        <Offered
          {...offer({ verb: 'patch' })}
          what={`restart ${kind.resource}`}
          icon={<RotateCw {...ICON} />}
          onClick={() => setDialog('restart')}
        >
          Restart
        </Offered>
      )}
      {kind.id === 'v1.nodes' && (
        <Offered {...offer({ verb: 'patch' })} what="cordon nodes" onClick={() => setDialog('cordon')}>
          {isCordoned ? 'Uncordon' : 'Cordon'}
        </Offered>
      )}
      {kind.verbs.includes('delete') && (
        <Offered
          {...offer({ verb: 'delete' })}
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
        open={dialog === 'cordon'}
        onOpenChange={(isOpen) => !isOpen && setDialog(undefined)}
        title={
          <>
            {isCordoned ? 'Let new pods onto' : 'Keep new pods off'} <bdi>{name}</bdi>?
          </>
        }
        verb={isCordoned ? 'Uncordon' : 'Cordon'}
        keep="Leave it"
        busy={cordon.isPending && 'Changing'}
        onConfirm={() => cordon.mutate()}
      >
        <div className="flex flex-col gap-3">
          <p>
            {isCordoned
              ? 'The scheduler uses the node again.'
              : 'Pods that run there stay; the scheduler sends no others.'}
          </p>
          {cordon.error !== null && <ProblemNotice error={cordon.error} />}
          <CommandLine command={`kubectl ${isCordoned ? 'uncordon' : 'cordon'} ${shellWord(name)}`} />
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
          <p>{deletionWords(kind, object)}</p>
          {remove.error !== null && <ProblemNotice error={remove.error} />}
          <CommandLine command={`kubectl${place} delete ${kind.resource} ${shellWord(name)}`} />
        </div>
      </Confirm>
    </div>
  );
}

/** What goes with an object that is deleted, and what may come back. */
function deletionWords({ id, resource }: KubeKind, { metadata }: KubeObject): ReactNode {
  const owner = metadata.ownerReferences?.[0];
  if (id === 'v1.namespaces') return 'Everything in the namespace is deleted with it. There is no way back.';
  if (resource === 'customresourcedefinitions')
    return 'Every object of the kind is deleted with it. There is no way back.';
  if (owner !== undefined) {
    return (
      <>
        It belongs to {owner.kind} <bdi>{owner.name}</bdi>, which may make another.
      </>
    );
  }
  return id === 'v1.pods' ? 'Nothing makes it again.' : 'What it made is deleted with it. There is no way back.';
}
