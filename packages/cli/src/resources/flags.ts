import { Flags } from '@oclif/core';

const filename = {
  char: 'f',
  summary: 'file or folder of documents, - for standard input; may be repeated',
  helpValue: 'FILE',
  multiple: true,
} as const;

/** The `-f` flag of commands that take names as well. */
export const optionalFilenameFlag = Flags.string({ ...filename });

/** Flags of commands that read documents. */
export const documentFlags = {
  filename: Flags.string({ ...filename, required: true }),
  recursive: Flags.boolean({ char: 'R', summary: 'read the folders in folders too' }),
};

/** Flags of commands that choose among resources. */
export const filterFlags = {
  selector: Flags.string({
    char: 'l',
    summary: 'labels, as for kubectl: env=prod,tier in (web,db),!old',
    helpValue: 'LABELS',
  }),
  'field-selector': Flags.string({ summary: 'fields, as for kubectl: spec.project=payments', helpValue: 'FIELDS' }),
  search: Flags.string({ summary: 'part of the name, the id or the text of the spec', helpValue: 'TEXT' }),
};

/** Flags of commands that apply a set of documents. */
export const setFlags = {
  set: Flags.string({
    summary: 'name of the set that the documents belong to; kept on each resource as a label',
    helpValue: 'NAME',
  }),
  prune: Flags.boolean({
    summary: 'delete what was applied with the same --set before and is no longer described',
    dependsOn: ['set'],
  }),
};

/** What {@link filterFlags} mean to a listing. */
export function filterOf(flags: {
  readonly selector?: string | undefined;
  readonly 'field-selector'?: string | undefined;
  readonly search?: string | undefined;
}) {
  return { labelSelector: flags.selector, fieldSelector: flags['field-selector'], search: flags.search };
}
