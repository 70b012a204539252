import type { CreateAccessReview } from '@sallyport/core/api';
import { CliError } from '../errors.ts';

type Reviewer = Exclude<NonNullable<CreateAccessReview['reviewers']>, 'permitted'>[number];

/**
 * Reads a reviewer: `ann@example.com`, `group:auditors`, `group:auditors@corporate` of the identity provider `corporate`, or
 * `service-account:bot`.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function parseReviewer(text: string): Reviewer {
  const [, word, name = ''] = /^(?:(group|service-account|user):)?(.*)$/s.exec(text) ?? [];
  if (name === '') {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${JSON.stringify(text.slice(0, 64))} names no reviewer`,
      nextStep: 'Write a user name, group:NAME, group:NAME@PROVIDER or service-account:NAME.',
    });
  }
  if (word === 'service-account') return { kind: 'ServiceAccount', name };
  if (word !== 'group') return { kind: 'User', name };
  const at = name.lastIndexOf('@');
  if (at <= 0) return { kind: 'Group', name };
  return { kind: 'Group', name: name.slice(0, at), identityProvider: name.slice(at + 1) };
}
