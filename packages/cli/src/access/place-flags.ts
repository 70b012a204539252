import { Flags } from '@oclif/core';
import { parseObjectText } from '@sallyport/core';
import type { CreateAccessRequest } from '@sallyport/core/api';
import { CliError } from '../errors.ts';
import { parseLabelSelector } from './label-selector.ts';

/** Where access is asked for, as the API takes it. */
export type Place = Pick<CreateAccessRequest, 'scope' | 'objects'>;

type GrantedObject = NonNullable<Place['objects']>[number];

const repeatable = { multiple: true, multipleNonGreedy: true } as const;

/** Flags that say where access is asked for. */
export const placeFlags = {
  cluster: Flags.string({
    char: 'c',
    summary: 'cluster; may be repeated',
    helpValue: 'NAME',
    exclusive: ['project', 'cluster-selector'],
    ...repeatable,
  }),
  project: Flags.string({
    summary: 'all clusters of a project; may be repeated',
    helpValue: 'NAME',
    exclusive: ['cluster-selector'],
    ...repeatable,
  }),
  'cluster-selector': Flags.string({
    summary: 'clusters with these labels, as for kubectl: env=prod,tier in (web,db)',
    helpValue: 'LABELS',
  }),
  namespace: Flags.string({
    char: 'n',
    summary: 'namespace; all of them by default; may be repeated',
    helpValue: 'NAME',
    exclusive: ['namespace-selector'],
    ...repeatable,
  }),
  'namespace-selector': Flags.string({ summary: 'namespaces with these labels', helpValue: 'LABELS' }),
  object: Flags.string({
    summary: 'only this object: pods/web-0, or with its namespace shop/deployments.apps/web; may be repeated',
    helpValue: 'OBJECT',
    ...repeatable,
  }),
};

/** What {@link placeFlags} parse to. */
export interface PlaceChoice {
  readonly cluster?: readonly string[] | undefined;
  readonly project?: readonly string[] | undefined;
  readonly 'cluster-selector'?: string | undefined;
  readonly namespace?: readonly string[] | undefined;
  readonly 'namespace-selector'?: string | undefined;
  readonly object?: readonly string[] | undefined;
}

/** Whether the flags name clusters in any way. */
export function namesClusters(flags: PlaceChoice): boolean {
  return flags.cluster !== undefined || flags.project !== undefined || flags['cluster-selector'] !== undefined;
}

/**
 * The place that the flags describe. All clusters of the organization are never meant by leaving something out.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function placeOf(flags: PlaceChoice): Place {
  const objects = flags.object?.map((text) => parseObject(text, flags.namespace));
  return { scope: scopeOf(flags), ...(objects !== undefined && { objects }) };
}

function scopeOf(flags: PlaceChoice): Place['scope'] {
  const namespaces = namespacesOf(flags);
  const within = namespaces === undefined ? {} : { namespaces };
  if (flags.cluster !== undefined) return { kind: 'clusters', clusters: [...flags.cluster], ...within };
  if (flags.project !== undefined) return { kind: 'projects', projects: [...flags.project], ...within };
  const selector = flags['cluster-selector'];
  if (selector !== undefined) return { kind: 'clusterSelector', selector: parseLabelSelector(selector), ...within };
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: 'no cluster is named',
    nextStep: 'Give --cluster, --project or --cluster-selector.',
  });
}

function namespacesOf(flags: PlaceChoice) {
  if (flags.namespace !== undefined) return { names: [...flags.namespace] };
  const selector = flags['namespace-selector'];
  return selector === undefined ? undefined : { selector: parseLabelSelector(selector) };
}

/** Reads `[NAMESPACE/]RESOURCE[.GROUP]/NAME`. The only namespace that is named need not be repeated. */
function parseObject(text: string, namespaces: readonly string[] | undefined): GrantedObject {
  const object = parseObjectText(text);
  if (object === undefined) throw notAnObject(text);
  const isUnclear = object.namespace === undefined && namespaces !== undefined && namespaces.length > 1;
  if (isUnclear) throw ofWhichNamespace(text);
  const namespace = object.namespace ?? namespaces?.[0];
  return { ...object, ...(namespace !== undefined && { namespace }) };
}

function notAnObject(text: string): CliError {
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(text.slice(0, 64))} does not name an object`,
    nextStep: 'Write RESOURCE/NAME or NAMESPACE/RESOURCE/NAME, e.g. pods/web-0 or shop/deployments.apps/web.',
  });
}

function ofWhichNamespace(text: string): CliError {
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `of several namespaces, ${JSON.stringify(text.slice(0, 64))} could be in each`,
    nextStep: `Write the namespace in front: NAMESPACE/${text.slice(0, 64)}.`,
  });
}
