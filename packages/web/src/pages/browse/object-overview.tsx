import type { ReactNode } from 'react';
import type { KubeKind } from '../../api/kube/discovery.ts';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { toneOf } from '../../api/kube/table.ts';
import { CommandLine } from '../../parts/command-line.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { LabelChip } from '../../ui/chip.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Time } from '../../ui/time.tsx';
import { conditionsOf, containersOf, firstPort } from './pod-facts.ts';

/** What people look for first in an object: how it is, what it belongs to, what can be done with it from a terminal. */
export function ObjectOverview({ kind, object }: { readonly kind: KubeKind; readonly object: KubeObject }) {
  const { metadata } = object;
  const containers = kind.id === 'v1.pods' ? containersOf(object) : [];
  const conditions = conditionsOf(object);
  const owners = metadata.ownerReferences ?? [];
  return (
    <div className="flex flex-col gap-5">
      <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-3 gap-y-1.5">
        {metadata.namespace !== undefined && <Fact name="Namespace">{metadata.namespace}</Fact>}
        {metadata.creationTimestamp !== undefined && (
          <Fact name="Created">
            <Time at={new Date(metadata.creationTimestamp)} form="distance" />
          </Fact>
        )}
        {owners.length > 0 && (
          <Fact name="Belongs to">{owners.map((owner) => `${owner.kind} ${owner.name}`).join(', ')}</Fact>
        )}
        <Fact name="Labels">
          <span className="flex flex-wrap gap-1">
            {Object.entries(metadata.labels ?? {}).map(([name, value]) => (
              <LabelChip key={name} name={name} value={value} />
            ))}
            {Object.keys(metadata.labels ?? {}).length === 0 && '–'}
          </span>
        </Fact>
      </dl>
      {containers.length > 0 && (
        <Section title="Containers">
          {containers.map(({ name, image, state, isReady, restartCount, lastExit }) => {
            const tone = toneOf('state', state);
            return (
              <li key={name} className="border-t border-line py-2">
                <p className="flex items-baseline gap-2">
                  <Gate state={tone === 'plain' ? (isReady ? 'open' : 'closing') : tone} />
                  <bdi className="font-medium">{name}</bdi>
                  <bdi className="text-ink-2">{state}</bdi>
                  {restartCount > 0 && <span className="text-warn tabular-nums">{restartCount} restarts</span>}
                </p>
                <p className="truncate font-mono text-mono text-ink-3" title={image}>
                  <bdi>{image}</bdi>
                </p>
                {lastExit !== undefined && (
                  <p className="text-second text-ink-3">
                    Last run: <bdi>{lastExit}</bdi>
                  </p>
                )}
              </li>
            );
          })}
        </Section>
      )}
      {conditions.length > 0 && (
        <Section title="Conditions">
          {conditions.map(({ type, status, reason, message }) => (
            <li key={type} className="border-t border-line py-1.5">
              <p className="flex justify-between gap-3">
                <bdi>{type}</bdi>
                <span className="text-ink-2">{status}</span>
              </p>
              {(reason ?? message) !== undefined && (
                <p className="text-second text-ink-3">
                  <bdi>{[reason, message].filter((each) => each !== undefined && each !== '').join(': ')}</bdi>
                </p>
              )}
            </li>
          ))}
        </Section>
      )}
      <FromTerminal kind={kind} object={object} />
    </div>
  );
}

/** What a browser can't do: forward ports and copy files, with the command for it. */
function FromTerminal({ kind, object }: { readonly kind: KubeKind; readonly object: KubeObject }) {
  const { name, namespace } = object.metadata;
  const place = namespace === undefined ? '' : ` -n ${shellWord(namespace)}`;
  const commands = [`kubectl${place} get ${kind.resource} ${shellWord(name)} -o yaml`];
  const port = firstPort(object);
  if (kind.id === 'v1.pods' || kind.id === 'v1.services') {
    const forwarded = port ?? 8080;
    const local = forwarded < 1024 ? forwarded + 8_000 : forwarded;
    commands.push(`kubectl${place} port-forward ${kind.resource}/${shellWord(name)} ${local}:${forwarded}`);
  }
  if (kind.id === 'v1.pods') commands.push(`kubectl${place} cp ${shellWord(name)}:/path/in/pod ./local-copy`);
  return (
    <section className="flex flex-col gap-1.5">
      <h3 className="text-second text-ink-3">From a terminal</h3>
      {commands.map((command) => (
        <CommandLine key={command} command={command} />
      ))}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">
        <bdi>{children}</bdi>
      </dd>
    </>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="pb-1.5 text-body font-semibold">{title}</h3>
      <ul>{children}</ul>
    </section>
  );
}
