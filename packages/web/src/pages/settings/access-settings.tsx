import type { LevelSettings } from '@sallyport/authz/settings';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import type { AnyResource } from '../../api/resource-calls.ts';
import { may } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressText } from '../../app/use-address-text.ts';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { Button } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Field } from '../../ui/field.tsx';
import { ResourceEditor } from '../resources/editor.tsx';
import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { resourceQuery, resourcesQuery } from '../resources/queries.ts';
import { effectiveRows, levelOf } from './levels.ts';
import { SettingsTabs } from './settings-tabs.tsx';

/** How access may be used: what the organization sets, and what applies on a cluster with all levels together. */
export function AccessSettings() {
  const source = useSignedIn();
  const [{ edit }, change] = useSearch();
  const [clusterName, setClusterName] = useAddressText('cluster');
  const organization = useQuery(resourceQuery(source, 'Organization', source.organization));
  const clusters = useInfiniteQuery(resourcesQuery(source, 'Cluster', {}));
  const known = clusters.data?.pages.flatMap(({ items }) => items) ?? [];
  const cluster = known.find(({ metadata }) => metadata.name === clusterName);
  const projectName = typeof cluster?.spec['project'] === 'string' ? cluster.spec['project'] : '';
  const project = useQuery(resourceQuery(source, 'Project', projectName));
  return (
    <Page
      title="Settings"
      tabs={<SettingsTabs current="settings" />}
      actions={
        may(source.me, 'organizations.update') && (
          <Button
            icon={<Pencil size={14} strokeWidth={1.6} aria-hidden="true" />}
            onClick={() => change({ edit: source.organization })}
          >
            Edit the organization’s
          </Button>
        )
      }
      drawer={
        edit !== undefined &&
        organization.data !== undefined && (
          <ResourceEditor
            page={KIND_PAGES.Organization}
            resource={organization.data}
            onClose={() => change({ edit: '' })}
          />
        )
      }
    >
      <div className="flex max-w-[820px] flex-col gap-5 px-6 py-5 max-md:px-4">
        <p className="text-ink-2">
          Settings stand on the organization, on projects, clusters and people. All levels apply together, and the
          strictest wins.
        </p>
        <Field label="What applies on" hint="Empty: what the organization alone sets.">
          {(control) => (
            <Combobox
              control={control}
              mono
              className="max-w-[320px]"
              value={clusterName}
              placeholder="a cluster"
              suggestions={known.map(({ metadata }) => ({ value: metadata.name }))}
              onChange={setClusterName}
            />
          )}
        </Field>
        <Answered query={organization} label="Reading the settings">
          {(read) => <Effective levels={levelsOf(read, project.data, cluster)} />}
        </Answered>
        <SameAs command={`sallyport edit organization/${source.organization}`} />
      </div>
    </Page>
  );
}

function levelsOf(
  organization: AnyResource,
  project: AnyResource | undefined,
  cluster: AnyResource | undefined,
): readonly LevelSettings[] {
  return [
    levelOf('organization', organization),
    ...(project === undefined ? [] : [levelOf('project', project)]),
    ...(cluster === undefined ? [] : [levelOf('cluster', cluster)]),
  ];
}

function Effective({ levels }: { readonly levels: readonly LevelSettings[] }) {
  return (
    <table className="w-full">
      <caption className="sr-only">Settings as they apply, and which level makes them so</caption>
      <thead className="text-left text-head text-ink-3">
        <tr className="border-b border-line">
          <th className="py-1.5 font-normal">Setting</th>
          <th className="font-normal">Applies</th>
          <th className="font-normal">Set by</th>
        </tr>
      </thead>
      <tbody>
        {effectiveRows(levels).map(({ label, value, from }) => (
          <tr key={label} className="border-b border-line align-top">
            <th className="py-1.5 pr-4 text-left font-normal">{label}</th>
            <td className={from.length === 0 ? 'py-1.5 pr-4 text-ink-3' : 'py-1.5 pr-4 font-medium'}>
              <bdi>{value}</bdi>
            </td>
            <td className="py-1.5 text-ink-2">
              {from.length === 0 ? (
                <span className="text-ink-3">no level</span>
              ) : (
                from.map(({ level, name }) => (
                  <span key={level} className="block">
                    {level} <bdi className="font-medium">{name}</bdi>
                  </span>
                ))
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
