import { MAX_PAGE_RESOURCES, type ScimResource, toListResponse } from './answer.ts';
import { RESOURCE_TYPES, type ScimAttribute, type ScimResourceType } from './schema.ts';

/** What the endpoint can do (RFC 7643, section 5). */
export function serviceProviderConfig(baseUrl: string): ScimResource {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: MAX_PAGE_RESOURCES },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'The SCIM token of the identity provider, in the Authorization header.',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}

/** The types of resources (RFC 7643, section 6). */
export function resourceTypes(baseUrl: string): readonly ScimResource[] {
  return RESOURCE_TYPES.map((type) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: type.name,
    name: type.name,
    endpoint: type.endpoint,
    description: type.description,
    schema: type.schema,
    schemaExtensions: [],
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${type.name}` },
  }));
}

/** The schemas of those types (RFC 7643, section 7). */
export function schemas(baseUrl: string): readonly ScimResource[] {
  return RESOURCE_TYPES.map((type: ScimResourceType) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    id: type.schema,
    name: type.name,
    description: type.description,
    attributes: type.attributes.map(describeAttribute),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${type.schema}` },
  }));
}

/** A whole, unpaged list: discovery takes no filters and no pages (RFC 7644, section 4). */
export function wholeList(resources: readonly ScimResource[]) {
  return toListResponse(resources.length, 1, resources);
}

function describeAttribute(attribute: ScimAttribute): ScimResource {
  return {
    name: attribute.name,
    type: attribute.type,
    multiValued: attribute.multiValued ?? false,
    description: attribute.description,
    required: attribute.required ?? false,
    ...(attribute.type !== 'boolean' && attribute.type !== 'complex' && { caseExact: attribute.caseExact ?? false }),
    mutability: attribute.mutability ?? 'readWrite',
    returned: 'default',
    uniqueness: attribute.uniqueness ?? 'none',
    ...(attribute.type === 'reference' && { referenceTypes: ['User'] }),
    ...(attribute.subAttributes && { subAttributes: attribute.subAttributes.map(describeAttribute) }),
  };
}
