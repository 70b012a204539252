import type { SignInMethodList } from '@sallyport/core/api';
import type { PublicHandler } from './context.ts';

/** Lists the ways to sign in: what the sign-in page shows to anybody. */
export const listSignInMethods: PublicHandler = async ({ signInMethods }, call): Promise<SignInMethodList> => {
  const { organization } = call.query as { readonly organization?: string };
  return signInMethods.list({ organization, sourceAddress: call.sourceAddress ?? '' });
};
