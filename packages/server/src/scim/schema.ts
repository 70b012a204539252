/** A characteristic-carrying attribute (RFC 7643, section 2). Absent characteristics have the RFC's defaults. */
export interface ScimAttribute {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'complex' | 'reference' | 'dateTime';
  readonly description: string;
  readonly multiValued?: true;
  readonly required?: true;
  readonly caseExact?: true;
  readonly mutability?: 'readOnly' | 'immutable';
  readonly uniqueness?: 'server';
  readonly subAttributes?: readonly ScimAttribute[];
}

/** A type of resource that SCIM clients manage. */
export interface ScimResourceType {
  readonly name: 'User' | 'Group';
  /** Path below the endpoint. */
  readonly endpoint: '/Users' | '/Groups';
  readonly schema: string;
  readonly description: string;
  /** Attributes of its schema. */
  readonly attributes: readonly ScimAttribute[];
}

/** Schema of lists. */
export const LIST_RESPONSE_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
/** Schema of failures. */
export const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';
/** Schema of patch requests. */
export const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Attributes that every resource has beside those of its schema (RFC 7643, section 3.1). */
const COMMON_ATTRIBUTES: readonly ScimAttribute[] = [
  { name: 'id', type: 'string', description: 'Made by the server.', caseExact: true, mutability: 'readOnly' },
  { name: 'externalId', type: 'string', description: 'What the client calls it.', caseExact: true },
  {
    name: 'meta',
    type: 'complex',
    description: 'Set by the server.',
    mutability: 'readOnly',
    subAttributes: [
      { name: 'resourceType', type: 'string', description: 'User or Group.', caseExact: true },
      { name: 'created', type: 'dateTime', description: 'When it was created.' },
      { name: 'lastModified', type: 'dateTime', description: 'When it was last changed.' },
      { name: 'version', type: 'string', description: 'Its ETag.', caseExact: true },
      { name: 'location', type: 'string', description: 'Its address.', caseExact: true },
    ],
  },
];

const text = (name: string, description: string): ScimAttribute => ({ name, type: 'string', description });

/** A person. */
export const USER: ScimResourceType = {
  name: 'User',
  endpoint: '/Users',
  schema: 'urn:ietf:params:scim:schemas:core:2.0:User',
  description: 'A person who signs in with the identity provider.',
  attributes: [
    {
      name: 'userName',
      type: 'string',
      description: 'The name that clusters and audit see. Unique in the organization, whatever its letter case.',
      required: true,
      uniqueness: 'server',
    },
    {
      name: 'name',
      type: 'complex',
      description: 'The parts of the name.',
      subAttributes: [
        text('formatted', 'The whole name.'),
        text('familyName', 'Family name.'),
        text('givenName', 'Given name.'),
        text('middleName', 'Middle name.'),
        text('honorificPrefix', 'Title.'),
        text('honorificSuffix', 'Suffix.'),
      ],
    },
    text('displayName', 'The name as it is shown.'),
    text('title', 'Position.'),
    {
      name: 'emails',
      type: 'complex',
      description: 'E-mail addresses; the primary or else the first one is used.',
      multiValued: true,
      subAttributes: [
        text('value', 'The address.'),
        text('display', 'The address as it is shown.'),
        text('type', 'work, home or other.'),
        { name: 'primary', type: 'boolean', description: 'Whether it is the preferred one.' },
      ],
    },
    {
      name: 'active',
      type: 'boolean',
      description: 'Who is not active is nobody: login sessions, credentials and open streams end at once.',
    },
  ],
};

/** A group of people. */
export const GROUP: ScimResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  schema: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  description: 'A group of people, as bindings name it.',
  attributes: [
    {
      name: 'displayName',
      type: 'string',
      description: 'The name by which bindings select the group. Unique in the identity provider.',
      required: true,
      uniqueness: 'server',
    },
    {
      name: 'members',
      type: 'complex',
      description: 'The people in it. Groups in groups are refused.',
      multiValued: true,
      subAttributes: [
        {
          name: 'value',
          type: 'string',
          description: 'Id of the user.',
          required: true,
          caseExact: true,
          mutability: 'immutable',
        },
        {
          name: '$ref',
          type: 'reference',
          description: 'Address of the user.',
          caseExact: true,
          mutability: 'readOnly',
        },
        { name: 'type', type: 'string', description: 'Always User.', mutability: 'readOnly' },
        { name: 'display', type: 'string', description: 'User name of the user.', mutability: 'readOnly' },
      ],
    },
  ],
};

/** Both types. */
export const RESOURCE_TYPES: readonly ScimResourceType[] = [USER, GROUP];

/** An attribute by its name, which clients may write in any letter case (RFC 7643, section 2.1). */
export function findAttribute(attributes: readonly ScimAttribute[], name: string): ScimAttribute | undefined {
  const wanted = name.toLowerCase();
  return attributes.find((attribute) => attribute.name.toLowerCase() === wanted);
}

/** An attribute of a resource type, or one that all types have. */
export function attributeOf(type: ScimResourceType, name: string): ScimAttribute | undefined {
  return findAttribute(type.attributes, name) ?? findAttribute(COMMON_ATTRIBUTES, name);
}
