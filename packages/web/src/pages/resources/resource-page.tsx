import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import type { AnyResource } from '../../api/resource-calls.ts';
import { Page } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useSearch } from '../../app/use-search.ts';
import { occurringIn, useTokens } from '../../app/use-tokens.ts';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { useLiveList } from '../../parts/use-live-list.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, NothingFound } from '../../ui/empty.tsx';
import { ShowMore } from '../../ui/show-more.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { FilterRow, isFiltered, NO_TOKENS, TokenBar, type TokenField, type Tokens } from '../../ui/token-bar.tsx';
import { useColumnChoice } from '../../ui/use-column-choice.tsx';
import { ResourceEditor } from './editor.tsx';
import type { KindPage } from './kind-pages.tsx';
import { resourceQuery, resourcesQuery, type Selection } from './queries.ts';
import { ResourceDrawer } from './resource-drawer.tsx';

/** What {@link ResourcePage} lists. */
export interface ResourcePageProps {
  readonly page: KindPage;
  readonly tabs?: ReactNode;
  /** Beside "New". */
  readonly actions?: ReactNode;
  /** Opens a page of its own in the place of the drawer. */
  readonly onOpen?: (resource: AnyResource) => void;
  readonly extras?: (resource: AnyResource) => ReactNode;
  /** Does what "New" does, where that is more than a document. */
  readonly onNew?: () => void;
}

const LABEL: TokenField = { name: 'label', label: 'label' };

/** What the API is asked for by the filters. */
function selectionOf({ filters: known = [] }: KindPage, { filters, words }: Tokens): Selection {
  const label = filters['label'];
  const paths = known.flatMap(({ name }) => (filters[name] === undefined ? [] : [`spec.${name}=${filters[name]}`]));
  return {
    ...(words !== '' && { search: words }),
    ...(label !== undefined && { labelSelector: label }),
    ...(paths.length > 0 && { fieldSelector: paths.join(',') }),
  };
}

const wordOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** The resources of a kind: a table, the one that is open beside it, and its editor; all of it in the address. */
export function ResourcePage({ page, tabs, actions, onOpen, onNew, extras }: ResourcePageProps) {
  const source = useSignedIn();
  const [search, change] = useSearch();
  const { open = '', edit, new: isNew } = search;
  const fields = useMemo(() => [LABEL, ...(page.filters ?? [])], [page]);
  const [tokens, show] = useTokens(fields, 'search');
  const [columns, columnMenu] = useColumnChoice(
    page.collection,
    useMemo(() => columnsOf(page), [page]),
  );
  const options = resourcesQuery(source, page.kind, selectionOf(page, tokens));
  const query = useInfiniteQuery(options);
  const live = useLiveList(options.queryKey, query);
  const edited = useQuery(resourceQuery(source, page.kind, edit ?? ''));
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const mayCreate = source.me?.permissionsAnywhere.includes(`${page.permissions}.create`) === true;
  const close = () => change({ open: '', edit: '', new: '' });

  const drawer =
    isNew !== undefined ? (
      <ResourceEditor key="new" page={page} onClose={(name) => change({ new: '', open: name ?? '' })} />
    ) : edit !== undefined && edited.data !== undefined ? (
      <ResourceEditor
        key={edit}
        page={page}
        resource={edited.data}
        onClose={(name) => change({ edit: '', open: name ?? edit })}
      />
    ) : open !== '' ? (
      <ResourceDrawer
        key={open}
        page={page}
        name={open}
        onClose={close}
        onEdit={() => change({ open: '', edit: open })}
        {...(extras && { extras })}
      />
    ) : undefined;

  return (
    <Page
      title={page.title}
      layout="fill"
      tabs={tabs}
      actions={
        <>
          {actions}
          {mayCreate && (
            <Button
              kind="primary"
              icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}
              onClick={onNew ?? (() => change({ new: '1', open: '', edit: '' }))}
            >
              New {page.singular}
            </Button>
          )}
        </>
      }
      filters={
        <FilterRow>
          <TokenBar
            fields={fields}
            tokens={tokens}
            onChange={show}
            values={{
              label: occurringIn(
                rows.flatMap(({ metadata }) => Object.entries(metadata.labels ?? {})),
                (pair) => pair.join('='),
              ),
              ...Object.fromEntries(
                (page.filters ?? []).map(({ name }) => [name, occurringIn(rows, ({ spec }) => wordOf(spec[name]))]),
              ),
            }}
            source={`of the ${page.title.toLowerCase()} that are listed`}
            wordsIn={page.title}
          />
          {columnMenu}
        </FilterRow>
      }
      drawer={drawer}
    >
      <Answered query={query} label={`Reading ${page.title.toLowerCase()}`}>
        {() =>
          rows.length === 0 && isFiltered(tokens) ? (
            <NothingFound what={page.singular} onClear={() => show(NO_TOKENS)} />
          ) : rows.length === 0 ? (
            <Empty title={`No ${page.title.toLowerCase()} yet`}>
              <p className="pb-2">{page.about}</p>
              <SameAs command={`sallyport get ${page.collection}`} />
            </Empty>
          ) : (
            <Table
              label={page.title}
              rows={rows}
              columns={columns}
              rowId={({ metadata }) => metadata.name}
              openId={open || edit || undefined}
              onOpen={onOpen ?? (({ metadata }) => change({ open: metadata.name, edit: '', new: '' }))}
              isVirtual
              live={live}
              narrow={(resource) => ({
                title: <bdi className="font-medium">{resource.metadata.name}</bdi>,
                end: page.columns.at(-1)?.cell(resource),
                second: page.columns[0]?.cell(resource),
              })}
              foot={<ShowMore query={query} />}
            />
          )
        }
      </Answered>
    </Page>
  );
}

function columnsOf({ columns }: KindPage): readonly Column<AnyResource>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      min: 180,
      sortBy: ({ metadata }) => metadata.name,
      cell: ({ metadata }) => <bdi className="font-medium">{metadata.name}</bdi>,
    },
    ...columns.map(
      ({ header, cell, width, isNumber }, index): Column<AnyResource> => ({
        id: header,
        header,
        cell,
        ...(width === undefined ? { min: 170 } : { width }),
        ...(isNumber && { align: 'right' as const }),
        priority: index + 1,
      }),
    ),
  ];
}
