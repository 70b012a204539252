import { useQuery } from '@tanstack/react-query';
import { Pencil, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { type AnyResource, resourceCalls } from '../../api/resource-calls.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { LabelChip } from '../../ui/chip.tsx';
import { CodeBlock } from '../../ui/code.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { Confirm } from '../../ui/overlay.tsx';
import { Time } from '../../ui/time.tsx';
import { documentOf, documentText } from './documents.ts';
import type { KindPage } from './kind-pages.tsx';
import { kindKey, resourceQuery } from './queries.ts';

/** What {@link ResourceDrawer} shows. */
export interface ResourceDrawerProps {
  readonly page: KindPage;
  readonly name: string;
  readonly onClose: () => void;
  readonly onEdit: () => void;
  /** What only this kind has: tests, keys, invitations. */
  readonly extras?: (resource: AnyResource) => ReactNode;
}

/** One resource: its document, what the server knows of it, and what can be done with it. */
export function ResourceDrawer({ page, name, onClose, onEdit, extras }: ResourceDrawerProps) {
  const source = useSignedIn();
  const query = useQuery(resourceQuery(source, page.kind, name));
  return (
    <Drawer title={<bdi>{name}</bdi>} onClose={onClose}>
      <Answered query={query} label={`Reading the ${page.singular}`}>
        {(resource) => (
          <Body page={page} resource={resource} onClose={onClose} onEdit={onEdit} {...(extras && { extras })} />
        )}
      </Answered>
    </Drawer>
  );
}

function Body({
  page,
  resource,
  onClose,
  onEdit,
  extras,
}: Omit<ResourceDrawerProps, 'name'> & { readonly resource: AnyResource }) {
  const { api, organization, me } = useSignedIn();
  const [isDeleting, setDeleting] = useState(false);
  const { metadata, status } = resource;
  const may = (verb: string) => me?.permissions.includes(`${page.permissions}.${verb}`) === true;
  const isFixed = status['isBuiltIn'] === true || status['isFromConfiguration'] === true;
  const remove = useAct({
    work: () => resourceCalls(api, page.kind, organization).remove(metadata.name, metadata.resourceVersion),
    changes: [kindKey(page.kind, organization)],
    told: () => ({ gate: 'ended', text: `Deleted ${page.singular} ${metadata.name}` }),
  });
  return (
    <div className="flex flex-col gap-4">
      {isFixed ? (
        <p className="text-note text-ink-2">
          {status['isBuiltIn'] === true
            ? 'It comes with Sallyport and can’t be changed.'
            : 'It comes from the server’s configuration file, which puts it back at each start.'}
        </p>
      ) : (
        <div className="flex gap-2">
          {may('update') && (
            <Button icon={<Pencil size={14} strokeWidth={1.6} aria-hidden="true" />} onClick={onEdit}>
              Edit
            </Button>
          )}
          {may('delete') && (
            <Button
              kind="danger"
              icon={<Trash2 size={14} strokeWidth={1.6} aria-hidden="true" />}
              onClick={() => setDeleting(true)}
            >
              Delete
            </Button>
          )}
        </div>
      )}
      {Object.keys(metadata.labels).length > 0 && (
        <p className="flex flex-wrap gap-1">
          {Object.entries(metadata.labels).map(([label, value]) => (
            <LabelChip key={label} name={label} value={value} />
          ))}
        </p>
      )}
      {extras?.(resource)}
      <Facts status={status} />
      <CodeBlock text={documentText(documentOf(resource))} label="document" isYaml />
      <p className="text-second text-ink-3">
        Made <Time at={metadata.createdAt} />, changed <Time at={metadata.updatedAt} />.
      </p>
      <CommandLine command={`sallyport get ${page.collection}/${metadata.name} -o yaml`} />
      {isDeleting && (
        <Confirm
          open
          onOpenChange={setDeleting}
          title={
            <>
              Delete {page.singular} <bdi>{metadata.name}</bdi>?
            </>
          }
          verb={`Delete ${page.singular}`}
          busy={remove.isPending && 'Deleting'}
          onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
        >
          What it gives or demands ends at once.
          {remove.error !== null && <ProblemNotice error={remove.error} className="mt-2" />}
        </Confirm>
      )}
    </div>
  );
}

/** What the server knows, as far as it is a word, a number or an instant. */
function Facts({ status }: { readonly status: AnyResource['status'] }) {
  const facts = Object.entries(status).flatMap(([name, value]): readonly (readonly [string, ReactNode])[] => {
    if (name === 'isBuiltIn' || name === 'isFromConfiguration') return [];
    if (value instanceof Date) return [[name, <Time key={name} at={value} />]];
    if (Array.isArray(value)) return value.length === 0 ? [] : [[name, value.map(String).join(', ')]];
    if (typeof value === 'boolean') return [[name, value ? 'yes' : 'no']];
    return typeof value === 'object' || value === undefined ? [] : [[name, String(value)]];
  });
  if (facts.length === 0) return null;
  return (
    <dl className="grid grid-cols-[132px_1fr] gap-y-1 text-note">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">{name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()}</dt>
          <dd className="min-w-0 break-words">
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
