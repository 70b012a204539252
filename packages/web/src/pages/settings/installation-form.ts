import type { OperationOutput } from '@sallyport/core/api';

/** What is set on the installation. */
export type InstallationSpec = OperationOutput<'getInstallation'>['spec'];

const LIMITS = ['clusters', 'users', 'serviceAccounts'] as const;

/**
 * The settings as a form has them; empty fields set nothing. What the form does not show stays as it was.
 * @param severity of the banner
 */
export function specOfForm(
  { branding = {}, maintenance: _, limits: __, ...rest }: InstallationSpec,
  form: Pick<FormData, 'get'>,
  severity: 'info' | 'warning',
): InstallationSpec {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const { name: _former, ...otherBranding } = branding;
  const nextBranding = { ...otherBranding, ...(text('name') !== '' && { name: text('name') }) };
  const limits = Object.fromEntries(
    LIMITS.flatMap((name) => (text(name) === '' ? [] : [[name, Number(text(name))] as const])),
  );
  return {
    ...rest,
    ...(Object.keys(nextBranding).length > 0 && { branding: nextBranding }),
    ...(text('message') !== '' && { maintenance: { message: text('message'), severity } }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}
