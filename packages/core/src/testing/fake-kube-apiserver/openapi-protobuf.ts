import { isJson, type Json } from './objects.ts';
import { type ProtobufWriter, protobufWriter } from './protobuf.ts';

/** Media type of the answer. Clients ask with `@` instead of the last dot, which is no valid Content-Type. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * Encodes an OpenAPI v2 document as the `openapi.v2.Document` message of gnostic, the only form that kubectl before 1.27
 * reads. Covers what the fake's documents hold; field numbers are those of gnostic's OpenAPIv2.proto.
 */
export function encodeOpenApiV2(document: Json): Uint8Array {
  const info = document['info'] as Json;
  return message((w) => {
    w.text(1, document['swagger']);
    w.bytes(
      2,
      message((i) => i.text(1, info['title']).text(2, info['version'])),
    );
    w.bytes(
      8,
      message((paths) => named(paths, 2, document['paths'], pathItem)),
    );
    w.bytes(
      9,
      message((definitions) => named(definitions, 1, document['definitions'], schema)),
    );
  });
}

function message(build: (writer: ProtobufWriter) => void): Uint8Array {
  const writer = protobufWriter();
  build(writer);
  return writer.finish();
}

/** Repeated entries of name (1) and value (2). */
function named(writer: ProtobufWriter, field: number, map: unknown, encode: (value: Json) => Uint8Array): void {
  if (!isJson(map)) return;
  for (const [name, value] of Object.entries(map)) {
    if (isJson(value))
      writer.bytes(
        field,
        message((entry) => entry.text(1, name).bytes(2, encode(value))),
      );
  }
}

function extensions(writer: ProtobufWriter, field: number, owner: Json): void {
  for (const [name, value] of Object.entries(owner)) {
    if (!name.startsWith('x-')) continue;
    // An Any whose yaml (2) holds the value; JSON is YAML.
    const any = message((w) => w.text(2, `${JSON.stringify(value)}\n`));
    writer.bytes(
      field,
      message((entry) => entry.text(1, name).bytes(2, any)),
    );
  }
}

function pathItem(item: Json): Uint8Array {
  return message((w) => {
    if (isJson(item['get'])) w.bytes(2, operation(item['get']));
    if (isJson(item['patch'])) w.bytes(8, operation(item['patch']));
  });
}

function operation(op: Json): Uint8Array {
  return message((w) => {
    for (const parameter of op['parameters'] as Json[]) {
      const query = message((q) => q.text(2, 'query').text(4, parameter['name']).text(6, parameter['type']));
      // ParametersItem.parameter → Parameter.non_body_parameter → NonBodyParameter.query_parameter_sub_schema
      w.bytes(
        8,
        message((i) =>
          i.bytes(
            1,
            message((p) =>
              p.bytes(
                2,
                message((n) => n.bytes(3, query)),
              ),
            ),
          ),
        ),
      );
    }
    extensions(w, 13, op);
  });
}

function schema(value: Json): Uint8Array {
  return message((w) => {
    w.text(1, value['$ref']).text(2, value['format']).text(4, value['description']);
    for (const name of (value['required'] as string[] | undefined) ?? []) w.text(19, name);
    const additional = value['additionalProperties'];
    if (isJson(additional))
      w.bytes(
        21,
        message((item) => item.bytes(1, schema(additional))),
      );
    const { type, items } = value;
    if (typeof type === 'string')
      w.bytes(
        22,
        message((item) => item.text(1, type)),
      );
    if (isJson(items))
      w.bytes(
        23,
        message((item) => item.bytes(1, schema(items))),
      );
    if (isJson(value['properties'])) {
      w.bytes(
        25,
        message((properties) => named(properties, 1, value['properties'], schema)),
      );
    }
    extensions(w, 31, value);
  });
}
