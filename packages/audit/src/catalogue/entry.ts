import { AUDIT_EVENT_CATEGORIES } from '@sallyport/core';
import type {
  AuditChange,
  AuditDecision,
  AuditOutcome,
  AuditPrincipal,
  AuditRequest,
  AuditSeverity,
} from '../event-parts.ts';

/** Categories of events, by which they are kept, found and read. */
export const AUDIT_CATEGORIES = AUDIT_EVENT_CATEGORIES;

/** What area an event is of. */
export type AuditCategory = (typeof AUDIT_CATEGORIES)[number];

/**
 * What a detail may hold, and so how it is treated. There is no class for secrets: nothing that is one may be written.
 *
 * - `identifier`: an id, a code or an address that says which.
 * - `fact`: a state, a count, an instant or a word of a fixed list.
 * - `name`: what people call a person or a thing; may be personal data.
 * - `freeText`: words that a caller wrote; what looks like a secret is taken out of them before they are written.
 * - `document`: JSON of a resource or of a part of one; values of fields that are named like secrets are masked as well.
 */
export type AuditClassification = 'identifier' | 'fact' | 'name' | 'freeText' | 'document';

/** Types of details. `strings` is a list of texts. */
export type AuditFieldType = 'string' | 'number' | 'boolean' | 'strings';

/** One detail of an event. */
export interface AuditField {
  readonly type: AuditFieldType;
  readonly classification: AuditClassification;
  readonly description: string;
  /** Not every event of this code has it. */
  readonly optional?: true;
}

/** Details of an event by their names. */
export type AuditFields = Readonly<Record<string, AuditField>>;

interface ValueOf {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
  readonly strings: readonly string[];
}

type Flat<Type> = { [Key in keyof Type]: Type[Key] };
type OptionalNames<Fields extends AuditFields> = {
  [Name in keyof Fields]: Fields[Name] extends { readonly optional: true } ? Name : never;
}[keyof Fields];

/** The details that fields describe. */
export type DetailsOf<Fields extends AuditFields> = Flat<
  { readonly [Name in Exclude<keyof Fields, OptionalNames<Fields>>]: ValueOf[Fields[Name]['type']] } & {
    readonly [Name in OptionalNames<Fields>]?: ValueOf[Fields[Name]['type']];
  }
>;

/** How `details` stands in an event: not at all, where the event has none; must, where one of them is always there. */
export type DetailsPart<Fields extends AuditFields> = keyof Fields extends never
  ? { readonly details?: never }
  : // biome-ignore lint/complexity/noBannedTypes: `{}` asks whether every detail is optional.
    {} extends DetailsOf<Fields>
    ? { readonly details?: DetailsOf<Fields> }
    : { readonly details: DetailsOf<Fields> };

/** What an example says beside its code, time and severity, in the written form of events. */
export type AuditExample<Fields extends AuditFields> = DetailsPart<Fields> & {
  readonly organizationId?: string;
  readonly clusterId?: string;
  readonly clusterName?: string;
  readonly principal?: Omit<AuditPrincipal, 'id'> & { readonly id: string };
  readonly loginSessionId?: string;
  readonly sourceAddress?: string;
  readonly traceId?: string;
  readonly request?: Omit<AuditRequest, 'id'> & { readonly id: string };
  readonly decision?: AuditDecision;
  readonly outcome?: AuditOutcome;
  readonly change?: AuditChange;
  readonly recordingId?: string;
};

/** What the catalogue says of a code. */
export interface AuditCatalogueEntry<Fields extends AuditFields = AuditFields> {
  /** What people call such an event. */
  readonly name: string;
  readonly category: AuditCategory;
  /** How much such an event matters, unless this one matters more. */
  readonly severity: AuditSeverity;
  /** When it is written, in one sentence. */
  readonly summary: string;
  readonly fields: Fields;
  readonly example: AuditExample<Fields>;
}

/** States an entry of the catalogue; its example must have the details that its fields describe. */
export function entry<const Fields extends AuditFields>(
  stated: AuditCatalogueEntry<Fields>,
): AuditCatalogueEntry<Fields> {
  return stated;
}
