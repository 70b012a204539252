import { Args, Flags } from '@oclif/core';
import type { ExplainedAccess, ProxiedRequestSpec } from '@sallyport/core/api';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { subjectFlags, subjectOf } from '../../policy/subject-flags.ts';

/** `sallyport policy explain` */
export default class PolicyExplain extends BaseCommand {
  static override summary = 'Say why a request to a cluster is allowed or refused.';
  static override description =
    'Decides as the server would now, and shows what each binding and access policy has to say. Nothing is sent to the cluster, whose own RBAC has the last word. Exit code 0 for allowed and refused alike.';
  static override args = {
    verb: Args.string({ required: true, description: 'get, list, create, …, or a path such as /version' }),
    resource: Args.string({ description: 'plural, with group and subresource: pods, deployments.apps, pods/exec' }),
    name: Args.string({ description: 'name of the object' }),
  };
  static override flags = {
    cluster: Flags.string({ char: 'c', required: true, summary: 'cluster that is asked', helpValue: 'NAME' }),
    namespace: Flags.string({ char: 'n', summary: 'namespace; all of them, or none, by default', helpValue: 'NAME' }),
    ...subjectFlags,
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport policy explain create pods/exec web-0 -n shop -c production',
    'sallyport policy explain list secrets -n shop -c production --user ann@example.com',
    'sallyport policy explain get /metrics -c production',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PolicyExplain);
    const { withSession } = await import('../../session/session.ts');
    const request = requestOf(args, flags.namespace);
    const as = subjectOf(flags);
    const [explained] = await withSession(this.context, flags, async ({ api, profile: { organization } }) => {
      const body = { cluster: flags.cluster, requests: [request], ...(as && { as }) };
      return (await api.explainAccess({ organization, body })).items;
    });
    if (explained === undefined) return;
    await this.printList(flags, explained.trace, {
      kind: 'explanation',
      name: ({ source }) => source,
      columns: [
        { header: 'DOCUMENT', cell: ({ source }) => source },
        { header: 'PART', cell: ({ path }) => path ?? '-' },
        { header: 'SAYS', cell: ({ outcome, detail }) => (detail === undefined ? outcome : `${outcome}: ${detail}`) },
      ],
    });
    for (const line of verdict(explained)) this.note(line);
  }
}

function verdict({ effect, action, reasons, obligations, groups, requestable }: ExplainedAccess): string[] {
  if (effect === 'allow') {
    const terms = obligations.length === 0 ? '' : `, on the terms: ${obligations.join(', ')}`;
    return [`Allowed: ${action}, under ${groups.join(', ')}${terms}.`];
  }
  const others = requestable.length === 0 ? [] : [`Roles that would allow it: ${requestable.join(', ')}.`];
  const why = reasons.map(({ message }) => message).join('; ');
  return [`Refused: ${why}${why.endsWith('.') ? '' : '.'}`, ...others];
}

function requestOf(
  {
    verb,
    resource,
    name,
  }: { readonly verb: string; readonly resource?: string | undefined; readonly name?: string | undefined },
  namespace: string | undefined,
): ProxiedRequestSpec {
  const path = verb.startsWith('/') ? verb : resource?.startsWith('/') ? resource : undefined;
  if (path !== undefined) return { target: path };
  if (resource === undefined) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${verb} of what?`,
      nextStep: 'Name a resource, e.g. "list pods", or a path, e.g. "get /version".',
    });
  }
  const [word = '', ...subresource] = resource.split('/');
  const [plural = '', ...group] = word.split('.');
  return {
    verb,
    resource: [plural, ...subresource].join('/'),
    ...(group.length > 0 && { apiGroup: group.join('.') }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}
