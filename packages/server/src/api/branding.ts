import { createHash } from 'node:crypto';
import type { Branding } from '@sallyport/core/api';
import type { RequestHandler } from 'express';
import { ApiError } from '../errors.ts';
import type { InstallationRecord } from '../stores/records.ts';
import type { ApiContext } from './context.ts';

/** Below it lies the logo, by a digest of it. */
export const LOGO_PREFIX = '/branding/logo';

/** How the installation presents itself to anybody; `undefined` when it sets nothing. */
export function brandingOf({ spec: { branding } }: Pick<InstallationRecord, 'spec'>): Branding | undefined {
  if (branding === undefined) return undefined;
  const { logo, ...rest } = branding;
  return { ...rest, ...(logo !== undefined && { logo: `${LOGO_PREFIX}/${digestOf(logo)}` }) };
}

/** Answers the logo, which may be kept for ever: another one has another path. A drawing can do nothing, also when it is opened by itself. */
export function logoHandler({ snapshots }: Pick<ApiContext, 'snapshots'>): RequestHandler<{ digest: string }> {
  return ({ params: { digest } }, response) => {
    const { logo } = snapshots.current().installation.spec.branding ?? {};
    if (logo === undefined || digestOf(logo) !== digest) {
      throw new ApiError({ code: 'ERR_API_NOT_FOUND', message: 'there is no such logo' });
    }
    const [type = '', data = ''] = logo.slice('data:'.length).split(';base64,');
    response
      .set({
        'content-type': type,
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'public, max-age=31536000, immutable',
      })
      .send(Buffer.from(data, 'base64'));
  };
}

const digestOf = (logo: string) => createHash('sha256').update(logo).digest('base64url').slice(0, 22);
