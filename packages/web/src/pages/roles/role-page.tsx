import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import { kindSchemas } from '../../api/kind-schemas.ts';
import { type AnyDocument, type AnyResource, resourceCalls } from '../../api/resource-calls.ts';
import { may } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressParts } from '../../app/use-address-parts.ts';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { fieldOf } from '../../parts/schema-form/fields.ts';
import { SchemaForm } from '../../parts/schema-form/schema-form.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Segmented } from '../../ui/choice.tsx';
import { CodeBlock, DiffBlock } from '../../ui/code.tsx';
import { documentOf, documentText, problemsOf } from '../resources/documents.ts';
import { kindKey, resourceQuery } from '../resources/queries.ts';
import { Matrix } from './matrix.tsx';
import { Replay } from './replay.tsx';
import { RuleEditor } from './rule-editor.tsx';
import type { RoleRule } from './rule-words.ts';

const CRUMBS = [{ label: 'Roles', href: paths.roles() }];
const FORMS = [
  { value: 'form', label: 'Form' },
  { value: 'yaml', label: 'YAML' },
  { value: 'diff', label: 'Diff' },
] as const;

/** One role: its rules as sentences, and who would gain and lose what by the change. */
export function RolePage() {
  const source = useSignedIn();
  const { name = '' } = useAddressParts();
  const query = useQuery(resourceQuery(source, 'Role', name));
  if (query.data !== undefined) return <OneRole key={query.data.metadata.resourceVersion} role={query.data} />;
  return (
    <Page title={name} crumbs={CRUMBS}>
      <Answered query={query} label="Reading the role">
        {() => null}
      </Answered>
    </Page>
  );
}

function rulesOf({ spec }: AnyDocument): readonly RoleRule[] {
  const { kubernetes } = spec as { readonly kubernetes?: { readonly rules?: readonly RoleRule[] } };
  return kubernetes?.rules ?? [];
}

function withRules(document: AnyDocument, rules: readonly RoleRule[]): AnyDocument {
  const { kubernetes = {} } = document.spec as { readonly kubernetes?: Readonly<Record<string, unknown>> };
  const { rules: _, ...ceiling } = kubernetes as { readonly rules?: unknown };
  return { ...document, spec: { ...document.spec, kubernetes: rules.length === 0 ? ceiling : { ...ceiling, rules } } };
}

function OneRole({ role }: { readonly role: AnyResource }) {
  const { api, organization, me } = useSignedIn();
  const before = useMemo(() => documentOf(role), [role]);
  const [document, setDocument] = useState(before);
  const [form, setForm] = useState<'form' | 'yaml' | 'diff'>('form');
  const { name, resourceVersion } = role.metadata;
  const isFixed = role.status['isBuiltIn'] === true || !may(me, 'roles.update');
  const [text, textBefore] = [documentText(document), documentText(before)];
  const isChanged = text !== textBefore;
  const replayed = useDeferredValue(document);
  const save = useAct({
    work: () => resourceCalls(api, 'Role', organization).update(name, document, resourceVersion),
    changes: [kindKey('Role', organization)],
    told: () => ({ gate: 'open', text: `Saved role ${name}` }),
  });
  const problems = problemsOf(save.error);
  const rest = fieldOf(kindSchemas.Role);
  const plain = rest.kind === 'group' ? { ...rest, fields: rest.fields.map(withoutRules) } : rest;
  return (
    <Page
      title={name}
      crumbs={CRUMBS}
      railLabel="If this had been in force"
      rail={<Replay documents={isChanged ? [replayed] : []} />}
      actions={
        <>
          {isChanged && <span className="text-note text-warn">not saved</span>}
          <Segmented label="Show as" value={form} options={FORMS} onChange={setForm} />
          {!isFixed && (
            <>
              <Button
                disabledReason={isChanged ? undefined : 'Nothing is changed.'}
                onClick={() => setDocument(before)}
              >
                Discard
              </Button>
              <Button
                kind="primary"
                busy={save.isPending && 'Saving'}
                disabledReason={isChanged ? undefined : 'Nothing is changed.'}
                onClick={() => save.mutate()}
              >
                Save role
              </Button>
            </>
          )}
        </>
      }
    >
      <div className="flex max-w-[760px] flex-col gap-6 px-6 py-5 max-md:px-4">
        {isFixed && (
          <p className="text-note text-ink-2">
            {role.status['isBuiltIn'] === true
              ? 'It comes with Sallyport and can’t be changed.'
              : 'You may read it, not change it.'}
          </p>
        )}
        {save.error !== null && <ProblemNotice error={save.error} />}
        {form === 'form' && (
          <>
            <RuleEditor
              rules={rulesOf(document)}
              isFixed={isFixed}
              onChange={(rules) => setDocument(withRules(document, rules))}
            />
            <Matrix before={rulesOf(before)} after={rulesOf(document)} />
            {!isFixed && (
              <section aria-label="Ceiling, permissions and limits">
                <SchemaForm
                  field={plain}
                  value={document.spec}
                  onChange={(spec) => setDocument({ ...document, spec: (spec ?? {}) as AnyDocument['spec'] })}
                  label="role"
                  path="spec"
                  problems={problems}
                />
              </section>
            )}
          </>
        )}
        {form === 'yaml' && <CodeBlock text={text} label="document" isYaml />}
        {form === 'diff' &&
          (isChanged ? (
            <DiffBlock before={textBefore} after={text} label="What changes" />
          ) : (
            <p className="text-note text-ink-3">Nothing is changed yet.</p>
          ))}
        <SameAs
          command={isChanged ? `sallyport policy diff -f role.yaml --since 14d` : `sallyport edit role/${name}`}
        />
      </div>
    </Page>
  );
}

type Named = Extract<ReturnType<typeof fieldOf>, { kind: 'group' }>['fields'][number];

/** Rules have an editor of their own. */
function withoutRules(named: Named): Named {
  const { field } = named;
  if (named.name !== 'kubernetes' || field.kind !== 'group') return named;
  return { ...named, field: { ...field, fields: field.fields.filter(({ name }) => name !== 'rules') } };
}
