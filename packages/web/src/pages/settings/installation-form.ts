import type { OperationOutput } from '@sallyport/core/api';

/** What is set on the installation. */
export type InstallationSpec = OperationOutput<'getInstallation'>['spec'];

type SupportLinks = NonNullable<NonNullable<InstallationSpec['branding']>['supportLinks']>;

/** Links to help as a field has them: a label and an address on each line. */
export const textOfSupportLinks = (links: SupportLinks = []): string =>
  links.map(({ label, url }) => `${label} ${url}`).join('\n');

/** Reads {@link textOfSupportLinks}: the last word of a line is its address. What is none is for the server to refuse. */
const supportLinksOfText = (text: string): SupportLinks =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, label = '', url = ''] = /^(?:(.*)\s)?(\S+)$/.exec(line) ?? [];
      return { label: label.trim(), url };
    });

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
  const { name: _former, supportLinks: _links, ...otherBranding } = branding;
  const supportLinks = supportLinksOfText(text('supportLinks'));
  const nextBranding = {
    ...otherBranding,
    ...(text('name') !== '' && { name: text('name') }),
    ...(supportLinks.length > 0 && { supportLinks }),
  };
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
