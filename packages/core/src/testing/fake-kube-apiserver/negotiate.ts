import { firstHeader, type RawHeaders } from '../../raw-headers.ts';
import { StatusError } from './status-error.ts';

/** Form in which an answer is wanted. */
export interface Representation {
  readonly as: 'object' | 'table' | 'partial';
  /** apiVersion of the Table or PartialObjectMetadata. */
  readonly apiVersion: string;
  readonly yaml: boolean;
}

/** Discovery form that a client prefers. */
export type DiscoveryForm = 'v2' | 'v2beta1' | 'legacy';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function parseAccept(headers: RawHeaders): MediaRange[] {
  const accept = firstHeader(headers, 'accept');
  if (accept === undefined || accept.trim() === '') return [{ type: '*/*', parameters: new Map() }];
  return accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    return {
      type: type.toLowerCase(),
      parameters: new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string])),
    };
  });
}

const isYaml = (type: string): boolean => type === 'application/yaml';
const isServed = (type: string): boolean =>
  type === 'application/json' || type === 'application/*' || type === '*/*' || isYaml(type);

/**
 * Chooses the first form of `Accept` that the fake can give. Protobuf is never given: clients that ask for it take JSON
 * as well.
 * @throws StatusError 406
 */
export function negotiate(headers: RawHeaders): Representation {
  for (const { type, parameters } of parseAccept(headers)) {
    if (!isServed(type)) continue;
    const as = parameters.get('as');
    if (as === undefined) return { as: 'object', apiVersion: '', yaml: isYaml(type) };
    const version = parameters.get('v') ?? '';
    if (parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) continue;
    const apiVersion = `meta.k8s.io/${version}`;
    if (as === 'Table') return { as: 'table', apiVersion, yaml: isYaml(type) };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
      return { as: 'partial', apiVersion, yaml: isYaml(type) };
    }
  }
  throw new StatusError(
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml',
  );
}

/** The discovery form of `GET /api` and `GET /apis`. */
export function negotiateDiscovery(headers: RawHeaders): DiscoveryForm {
  for (const { type, parameters } of parseAccept(headers)) {
    if (!isServed(type)) continue;
    if (parameters.get('g') !== 'apidiscovery.k8s.io') return 'legacy';
    const version = parameters.get('v');
    if (parameters.get('as') === 'APIGroupDiscoveryList' && (version === 'v2' || version === 'v2beta1')) return version;
  }
  return 'legacy';
}
