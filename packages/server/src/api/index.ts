/**
 * The REST API of the server, and everything else of the front door that is not a Kubernetes request.
 *
 * @packageDocumentation
 */
export type { RestApiOptions } from './rest-api.ts';
export { createRestApi } from './rest-api.ts';
