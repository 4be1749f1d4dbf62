import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

export interface Operation {
  /** `GET /api/v1/users/{name}` */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly { readonly name: string; readonly required: boolean; readonly schema: Json }[];
  /** Of a JSON body; `null` without one. */
  readonly body: Json | null;
  /** By status: the type and the schema of each answer; `null` without a body. */
  readonly answers: ReadonlyMap<number, { readonly type: string; readonly schema: Json } | null>;
}

/** What the document says, in the order of the document. */
export function operationsOf(document: Json): Operation[] {
  return entriesOf(document['paths']).flatMap(([path, operations]) =>
    entriesOf(operations).map(([verb, operation]) => {
      const method = verb.toUpperCase();
      const answers = entriesOf(operation['responses']).map(
        ([status, answer]) => [Number(status), contentOf(answer['content'])] as const,
      );
      const query = listOf(operation['parameters']).filter((parameter) => parameter['in'] === 'query');
      return {
        ...{ name: `${method} ${path}`, method, path },
        query: query.map(({ name, required, schema }) => ({
          name: String(name),
          required: required === true,
          schema: objectOf(schema),
        })),
        body: jsonBodyOf(operation['requestBody']),
        answers: new Map(answers),
      };
    }),
  );
}

/** What does not fit a schema of the document; here a key that is not in it does not fit, though clients have to expect new ones. */
export function misfitsOf(document: Json, schema: Json, value: unknown): string[] {
  const named = objectOf(objectOf(document['components'])['schemas']);
  const whole = strict({ ...schema, $defs: named });
  const text = JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/');
  const result = z.fromJSONSchema(JSON.parse(text)).safeParse(value);
  return (result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

/** Patterns with letters of all languages are left out: zod reads patterns without the flag `u`, which JSON Schema means. */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, part]) => key !== 'pattern' || !String(part).includes('\\p{'));
  const parts = Object.fromEntries(kept.map(([key, part]) => [key, strict(part)]));
  return 'properties' in parts && parts['type'] === 'object' && !('additionalProperties' in parts)
    ? { ...parts, additionalProperties: false }
    : parts;
}

function contentOf(content: unknown): { readonly type: string; readonly schema: Json } | null {
  const [first] = entriesOf(content);
  return first === undefined ? null : { type: first[0], schema: objectOf(first[1]['schema']) };
}

function jsonBodyOf(body: unknown): Json | null {
  const content = contentOf(objectOf(body)['content']);
  return content?.type === 'application/json' ? content.schema : null;
}

function entriesOf(value: unknown): [string, Json][] {
  return Object.entries(objectOf(value)).map(([key, part]) => [key, objectOf(part)]);
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
