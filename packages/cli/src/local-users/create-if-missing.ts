import { API_VERSION, type ApiClient, ApiProblemError } from '@sallyport/core/api';

/** Creates a local user unless there is a user of that name already, whoever vouches for them. */
export async function createIfMissing(
  api: Pick<ApiClient, 'getUser' | 'createUser'>,
  organization: string,
  name: string,
  spec: { readonly displayName?: string; readonly email?: string },
): Promise<void> {
  try {
    await api.getUser({ organization, name });
  } catch (error) {
    if (!(error instanceof ApiProblemError) || error.problem.code !== 'ERR_API_NOT_FOUND') throw error;
    await api.createUser({
      organization,
      body: { apiVersion: API_VERSION, kind: 'User', metadata: { name }, spec },
    });
  }
}
