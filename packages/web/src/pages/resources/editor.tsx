import { useState } from 'react';
import { kindSchemas } from '../../api/kind-schemas.ts';
import { type AnyDocument, type AnyResource, resourceCalls } from '../../api/resource-calls.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { fieldOf } from '../../parts/schema-form/fields.ts';
import { SchemaForm } from '../../parts/schema-form/schema-form.tsx';
import { useAct } from '../../parts/use-act.ts';
import { YamlField } from '../../parts/yaml-field.tsx';
import { Button } from '../../ui/button.tsx';
import { Segmented } from '../../ui/choice.tsx';
import { DiffBlock } from '../../ui/code.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { documentOf, documentText, newDocument, problemsOf, readDocument } from './documents.ts';
import type { KindPage } from './kind-pages.tsx';
import { kindKey } from './queries.ts';

const FORMS = [
  { value: 'form', label: 'Form' },
  { value: 'yaml', label: 'YAML' },
  { value: 'diff', label: 'Diff' },
] as const;

/** What {@link ResourceEditor} edits. */
export interface ResourceEditorProps {
  readonly page: KindPage;
  /** Absent: a new one. */
  readonly resource?: AnyResource;
  /** `name` of what was saved. */
  readonly onClose: (name?: string) => void;
}

/** A document as a form or as YAML, with what it changes, until it is saved. The server has the last word on all of it. */
export function ResourceEditor({ page, resource, onClose }: ResourceEditorProps) {
  const { api, organization } = useSignedIn();
  const before = resource === undefined ? newDocument(page.kind) : documentOf(resource);
  const [document, setDocument] = useState<AnyDocument>(before);
  const [form, setForm] = useState<'form' | 'yaml' | 'diff'>('form');
  const [text, setText] = useState(() => documentText(before));
  const [textProblem, setTextProblem] = useState<string>();
  const isChanged = documentText(document) !== documentText(before);
  const save = useAct({
    work: () => {
      const calls = resourceCalls(api, page.kind, organization);
      return resource === undefined
        ? calls.create(document)
        : calls.update(resource.metadata.name, document, resource.metadata.resourceVersion);
    },
    changes: [kindKey(page.kind, organization)],
    told: ({ metadata }) => ({ gate: 'open', text: `Saved ${page.singular} ${metadata.name}` }),
  });
  const problems = problemsOf(save.error);

  function show(next: typeof form) {
    if (next === 'yaml') setText(documentText(document));
    setForm(next);
  }

  function write(next: string) {
    setText(next);
    try {
      setDocument(readDocument(next, page.kind));
      setTextProblem(undefined);
    } catch (error) {
      setTextProblem(error instanceof Error ? error.message : 'This is no document.');
    }
  }

  return (
    <Drawer
      title={resource === undefined ? `New ${page.singular}` : `Edit ${resource.metadata.name}`}
      onClose={() => onClose()}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isChanged && textProblem === undefined && !save.isPending) {
            save.mutate(undefined, { onSuccess: ({ metadata }) => onClose(metadata.name) });
          }
        }}
      >
        <Segmented label="Edit as" value={form} options={FORMS} onChange={show} />
        {form === 'form' && (
          <>
            <Field label="Name" problem={problems['metadata.name']}>
              {(control) => (
                <Input
                  {...control}
                  mono
                  required
                  value={document.metadata.name}
                  onChange={({ target }) =>
                    setDocument({ ...document, metadata: { ...document.metadata, name: target.value } })
                  }
                />
              )}
            </Field>
            <SchemaForm
              field={fieldOf(kindSchemas[page.kind])}
              value={document.spec}
              onChange={(spec) => setDocument({ ...document, spec: (spec ?? {}) as AnyDocument['spec'] })}
              label={page.singular}
              path="spec"
              problems={problems}
            />
          </>
        )}
        {form === 'yaml' && <YamlField label="Document" text={text} problem={textProblem} onChange={write} />}
        {form === 'diff' &&
          (isChanged ? (
            <DiffBlock
              before={resource === undefined ? '' : documentText(before)}
              after={documentText(document)}
              label="What changes"
            />
          ) : (
            <p className="text-note text-ink-3">Nothing is changed yet.</p>
          ))}
        {save.error !== null && <ProblemNotice error={save.error} />}
        {Object.keys(problems).length > 0 && form !== 'form' && (
          <Notice kind="danger">
            <ul>
              {Object.entries(problems).map(([path, message]) => (
                <li key={path}>
                  <code>{path}</code> {message}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={() => onClose()}>Discard</Button>
          <Button
            kind="primary"
            type="submit"
            busy={save.isPending && 'Saving'}
            disabledReason={
              textProblem ??
              (isChanged ? (document.metadata.name === '' ? 'Give it a name.' : undefined) : 'Nothing is changed yet.')
            }
          >
            Save {page.singular}
          </Button>
        </div>
        <CommandLine
          command={
            resource === undefined
              ? 'sallyport apply -f -'
              : `sallyport edit ${page.collection}/${resource.metadata.name}`
          }
        />
      </form>
    </Drawer>
  );
}
