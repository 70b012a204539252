import { createOpenApi } from '@sallyport/core/api';
import { SERVER_VERSION } from '../version.ts';
import type { PublicHandler } from './context.ts';

/** Describes this very API. Nothing of it is secret: it is the same for every installation of a version. */
export const getOpenApi: PublicHandler = async ({ publicUrl }) =>
  createOpenApi({ serverUrl: publicUrl, version: SERVER_VERSION });
