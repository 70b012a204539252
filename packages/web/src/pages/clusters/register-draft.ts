import type { OperationInput } from '@sallyport/core/api';
import { readLabels } from './label-text.ts';

/** What the form of a new cluster holds, as it is typed. */
export interface RegisterDraft {
  readonly name: string;
  readonly project: string;
  readonly location: string;
  readonly description: string;
  readonly labels: string;
}

/** The document of a new cluster; what is empty is left to the server. */
export function registerClusterBody(draft: RegisterDraft): OperationInput<'createCluster'>['body'] {
  const read = readLabels(draft.labels);
  const given = (['project', 'location', 'description'] as const).flatMap((field) => {
    const value = draft[field].trim();
    return value === '' ? [] : [[field, value] as const];
  });
  return {
    // Spelled out: the constant stands beside all schemas of the contract, which would come along.
    apiVersion: 'sallyport.dev/v1',
    kind: 'Cluster',
    metadata: { name: draft.name, ...('labels' in read && { labels: { ...read.labels } }) },
    spec: Object.fromEntries(given),
  };
}
