import { type Discovery, fetchDiscovery } from '@sallyport/core/api';
import { type Asked, useAnswer } from './use-answer.ts';

/** Reads the discovery document of the server that served the page. */
export function useDiscovery(): Asked<Discovery> {
  return useAnswer('discovery', (signal) => fetchDiscovery({ baseUrl: window.location.origin, signal }));
}
