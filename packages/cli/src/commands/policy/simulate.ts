import { Flags } from '@oclif/core';
import type { ExplainedAccess } from '@sallyport/core/api';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { subjectFlags, subjectOf } from '../../policy/subject-flags.ts';
import { optionalFilenameFlag } from '../../resources/flags.ts';

/** What people ask for most, in the order in which they think of it. */
const RESOURCES: readonly (readonly [apiGroup: string, resource: string, verbs?: readonly string[]])[] = [
  ['', 'pods'],
  ['', 'pods/log', ['get']],
  ['', 'pods/exec', ['create']],
  ['', 'pods/portforward', ['create']],
  ['', 'services'],
  ['', 'configmaps'],
  ['', 'secrets'],
  ['', 'serviceaccounts/token', ['create']],
  ['apps', 'deployments'],
  ['apps', 'deployments/scale', ['get', 'update', 'patch']],
  ['batch', 'jobs'],
  ['networking.k8s.io', 'ingresses'],
  ['rbac.authorization.k8s.io', 'rolebindings'],
];
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;
/** One cell of the table each. Verbs that a subresource does not have are left out. */
const CELLS = RESOURCES.flatMap(([apiGroup, resource, verbs = VERBS]) =>
  verbs.map((verb) => ({ verb, apiGroup, resource })),
);

/** `sallyport policy simulate` */
export default class PolicySimulate extends BaseCommand {
  static override summary = 'Show what somebody may do in a namespace of a cluster.';
  static override description =
    'A table of the most common kinds and verbs: yes, no, or the terms of a yes. With -f, as if those documents were applied.';
  static override flags = {
    cluster: Flags.string({ char: 'c', required: true, summary: 'cluster that is asked', helpValue: 'NAME' }),
    namespace: Flags.string({
      char: 'n',
      summary: 'namespace; "default" by default',
      helpValue: 'NAME',
      default: 'default',
    }),
    filename: optionalFilenameFlag,
    recursive: Flags.boolean({ char: 'R', summary: 'read the folders in folders too' }),
    ...subjectFlags,
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport policy simulate -c production -n shop',
    'sallyport policy simulate -c production -n shop --user ann@example.com -f access/',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(PolicySimulate);
    const { withSession } = await import('../../session/session.ts');
    const { loadDocuments } = await import('../../documents/load-documents.ts');
    const documents =
      flags.filename === undefined
        ? undefined
        : await loadDocuments(this.context, {
            paths: flags.filename,
            isRecursive: flags.recursive,
            note: (line) => this.note(line),
          });
    const requests = CELLS.map((cell) => ({ ...cell, namespace: flags.namespace }));
    const as = subjectOf(flags);
    const items = await withSession(this.context, flags, async ({ api, profile: { organization } }) => {
      const resources = documents?.map(({ document }) => document) as never;
      const body = { cluster: flags.cluster, requests, ...(as && { as }), ...(documents && { resources }) };
      return (await api.explainAccess({ organization, body })).items;
    });
    const answers = new Map(CELLS.map((cell, i) => [JSON.stringify(cell), answerOf(items[i])]));
    const rows = RESOURCES.map(([apiGroup, resource]) => ({
      resource: apiGroup === '' ? resource : nameWithGroup(resource, apiGroup),
      answers: VERBS.map((verb) => ({
        verb,
        says: answers.get(JSON.stringify({ verb, apiGroup, resource })) ?? '-',
      })),
    }));
    await this.printList(flags, rows, {
      kind: 'permission',
      name: ({ resource }) => resource,
      columns: [
        { header: 'RESOURCE', cell: ({ resource }) => resource },
        ...VERBS.map((verb, j) => ({
          header: verb.toUpperCase(),
          cell: ({ answers }: (typeof rows)[number]) => answers[j]?.says ?? '-',
        })),
      ],
    });
  }
}

function answerOf(decided: ExplainedAccess | undefined): string {
  if (decided?.effect !== 'allow') return 'no';
  return decided.obligations.length === 0 ? 'yes' : decided.obligations.join('+');
}

/** As kubectl writes it: `deployments.apps/scale`. */
function nameWithGroup(resource: string, apiGroup: string): string {
  const [plural = '', ...subresource] = resource.split('/');
  return [`${plural}.${apiGroup}`, ...subresource].join('/');
}
