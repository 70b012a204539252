import type { Filter } from 'scim2-parse-filter';
import { scimError } from './errors.ts';
import { parseFilter } from './filter.ts';
import type { ScimResourceType } from './schema.ts';

/** What the path of a patch operation points at (RFC 7644, section 3.5.2): `emails[type eq "work"].value`. */
export interface ScimPath {
  /** As the client writes it; may be none that the server has. */
  readonly attribute: string;
  /** Selects values of a multi-valued attribute. */
  readonly filter?: Filter;
  readonly subAttribute?: string;
}

const MAX_PATH_CHARACTERS = 1_024;
const NAME = /^[$a-z][\w$-]*$/i;

/**
 * Reads a path. The resource's own schema may stand in front of it; one of another schema yields `undefined`, since
 * attributes of extensions are ignored.
 * @throws ScimError `ERR_SCIM_INVALID_PATH`
 */
export function parsePath(type: ScimResourceType, text: string): ScimPath | undefined {
  if (text.length > MAX_PATH_CHARACTERS) {
    throw scimError('ERR_SCIM_INVALID_PATH', `the path is ${text.length} characters, limit is ${MAX_PATH_CHARACTERS}`);
  }
  let rest = text;
  if (/^urn:/i.test(text)) {
    const own = `${type.schema}:`;
    if (!text.toLowerCase().startsWith(own.toLowerCase())) return undefined;
    rest = text.slice(own.length);
  }
  const open = rest.indexOf('[');
  const close = rest.lastIndexOf(']');
  if (open >= 0 && close > open) {
    const attribute = rest.slice(0, open);
    const after = rest.slice(close + 1);
    if (!NAME.test(attribute) || (after !== '' && !(after.startsWith('.') && NAME.test(after.slice(1))))) {
      throw unreadable(text);
    }
    return {
      attribute,
      filter: readFilter(rest.slice(open + 1, close), text),
      ...(after !== '' && { subAttribute: after.slice(1) }),
    };
  }
  const [attribute = '', subAttribute, ...more] = rest.split('.');
  if (!NAME.test(attribute) || (subAttribute !== undefined && !NAME.test(subAttribute)) || more.length > 0) {
    throw unreadable(text);
  }
  return { attribute, ...(subAttribute !== undefined && { subAttribute }) };
}

function readFilter(text: string, path: string): Filter {
  try {
    return parseFilter(text);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause?: unknown) {
  return scimError('ERR_SCIM_INVALID_PATH', `the path ${JSON.stringify(path.slice(0, 128))} can't be read`, cause);
}
