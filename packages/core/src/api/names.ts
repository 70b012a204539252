import { z } from 'zod';
import { isDnsLabel } from '../cluster.ts';
import { parseDuration } from '../duration.ts';
import type { IdKind, IdOf } from '../ids.ts';
import { isId } from '../ids.ts';
import { describeNameProblem } from '../impersonation.ts';

/** An id of one kind, as a string. */
export function idSchema<Kind extends IdKind>(kind: Kind) {
  return z.custom<IdOf<Kind>>((value) => typeof value === 'string' && isId(kind, value), { error: `not a ${kind} id` });
}

/** A name that fits a path segment and a host name (RFC 1123 label). */
export const dnsLabelSchema = z.string().refine(isDnsLabel, {
  error: 'use at most 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit',
});

/**
 * A name of a person or a group as identity providers give it: any text that can be impersonated safely, at most 255
 * characters.
 */
export const principalNameSchema = z
  .string()
  .max(255)
  .superRefine((name, context) => {
    const problem = describeNameProblem(name);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

const MAX_LABELS = 64;
// Names and values as Kubernetes labels take them, so that a selector can be written over both.
const LABEL_NAME = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

const labelNameSchema = z.string().regex(LABEL_NAME, 'not a label name');
const labelValueSchema = z.string().regex(LABEL_VALUE, 'not a label value');

/** Labels of a resource: at most 64, with the syntax of Kubernetes labels. */
export const labelsSchema = z
  .record(labelNameSchema, labelValueSchema)
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, { error: `more than ${MAX_LABELS} labels` });

/** A label selector in the form of Kubernetes' `LabelSelector`. All parts must hold; one without parts is refused. */
export const labelSelectorSchema = z
  .strictObject({
    matchLabels: labelsSchema.optional(),
    matchExpressions: z
      .array(
        z.strictObject({
          key: labelNameSchema,
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: z.array(labelValueSchema).max(64).optional(),
        }),
      )
      .max(16)
      .optional(),
  })
  .refine(
    ({ matchLabels = {}, matchExpressions = [] }) => Object.keys(matchLabels).length > 0 || matchExpressions.length > 0,
    { error: 'an empty selector would reach everything: say so with another scope' },
  );

/** A duration such as `15m` or `1h30m`; see `parseDuration`. */
export const durationSchema = z.string().superRefine((text, context) => {
  try {
    parseDuration(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not a duration such as 15m or 1h30m' });
  }
});

/** A range of addresses in CIDR form, or one address. What it means is checked where it is used. */
export const ipRangeSchema = z
  .string()
  .max(64)
  .regex(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, 'not an address or a range such as 192.0.2.0/24');

/** Text for people: a description, a reason. */
export const textSchema = z.string().max(1_024);
