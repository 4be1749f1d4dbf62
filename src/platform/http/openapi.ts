import { z } from 'zod';
import type { Right } from '../../runtime/rights.ts';
import { type Content, type Contract, refusal } from './contract.ts';
import { API_PREFIX, type Route } from './route.ts';

const ADDRESS = '/api/v1/openapi.json';

type Schema = z.core.JSONSchema.BaseSchema;

const MEANING: Readonly<Record<number, string>> = {
  200: 'What was asked for',
  201: 'Made',
  202: 'Begun; it goes on',
  204: 'Done',
  400: 'The query or the body is not valid',
  401: 'Not logged in, or the token is wrong or expired',
  403: 'The role is too small, or the request was sent from another site',
  404: 'There is no such thing',
  409: 'It cannot be done as things are; see `code`',
  503: 'The database cannot be asked; see `code`',
};

const NEEDS: Readonly<Record<Right, string>> = {
  public: 'Needs no login.',
  account: 'Needs a login with an own account.',
  view: 'Needs the role viewer, operator or admin.',
  operate: 'Needs the role operator or admin.',
  administer: 'Needs the role admin.',
};

const DESCRIPTION = [
  'Programs send a token: `Authorization: Bearer nst_…`. Bytes are exact integers, also beyond 2^53.',
  'New keys may come; those that are there stay, and keep their meaning.',
].join(' ');

/** A route of the API with its contract. */
type ApiRoute = Route & { readonly contract: Contract };

/** `GET /api/v1/openapi.json`: describes all routes of the API, itself too. Made when it is first asked for. */
export function createOpenApiRoute(others: readonly Route[]): Route {
  let document: string | null = null;
  const route: ApiRoute = {
    method: 'GET',
    path: ADDRESS,
    right: 'view',
    contract: {
      summary: 'This document (OpenAPI 3.1)',
      answers: { 200: z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) }) },
    },
    async handler(_request, reply) {
      document ??= JSON.stringify(describeApi([...others, route]));
      return reply.type('application/json; charset=utf-8').send(document);
    },
  };
  return route;
}

/** The document of these routes; pages are not in it. Throws where two schemas have one name: a bug. */
export function describeApi(routes: readonly Route[]): object {
  const named = new Map<string, string>();
  const schemas: Record<string, Schema> = {};

  function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Schema {
    const { $schema: _dialect, $defs = {}, ...own } = convert(schema, io);
    for (const [id, each] of Object.entries($defs)) {
      const { id: _id, ...definition } = each;
      const text = JSON.stringify(definition);
      if ((named.get(id) ?? text) !== text) throw new Error(`there are two schemas ${id}`);
      named.set(id, text);
      schemas[id] = withReferences(definition);
    }
    return withReferences(own);
  }

  const contentOf = (content: Content, io: 'input' | 'output') =>
    content instanceof z.ZodType
      ? { 'application/json': { schema: jsonSchema(content, io) } }
      : { [content.mediaType]: { schema: { type: 'string' } } };

  function operationOf({ method, path, right, contract }: ApiRoute): object {
    const { summary, query, body, answers, refuses = [] } = contract;
    const hasInput = query !== undefined || body !== undefined;
    const isOpen = right === 'public';
    const refusals = new Set<number>([...(hasInput ? [400] : []), ...(isOpen ? [] : [401, 403]), ...refuses, 503]);
    return {
      operationId: `${method.toLowerCase()}${path.slice('/api/v1'.length).replaceAll(/[/.:_-]+/g, '_')}`,
      summary,
      description: NEEDS[right],
      tags: [path.split('/')[3]?.split('.')[0]],
      ...(isOpen ? { security: [] } : {}),
      parameters: [
        ...pathParameters(path),
        ...[query ?? []].flat().flatMap((each) => queryParameters(jsonSchema(each, 'input'))),
      ],
      ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body, 'input') } }),
      responses: {
        ...Object.fromEntries(
          Object.entries(answers).map(([status, content]) => [
            status,
            {
              description: MEANING[Number(status)],
              ...(content === null ? {} : { content: contentOf(content, 'output') }),
            },
          ]),
        ),
        ...Object.fromEntries(
          [...refusals].map((status) => [
            status,
            { description: MEANING[status], content: contentOf(refusal, 'output') },
          ]),
        ),
      },
    };
  }

  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes.filter(isOfApi)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'NetSentinel', version: '1', description: DESCRIPTION },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'netsentinel_session' },
      },
    },
  };
}

function isOfApi(route: Route): route is ApiRoute {
  return route.path.startsWith(API_PREFIX) && route.contract !== undefined;
}

/** A zod schema as JSON Schema: bytes are integers, and of answers new keys may come. */
function convert(schema: z.ZodType, io: 'input' | 'output'): Schema {
  return z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === 'bigint') Object.assign(jsonSchema, { type: 'integer', minimum: 0 });
      // The format says it shorter.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
}

/** Named schemas are where OpenAPI has them. */
function withReferences(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ properties = {}, required = [] }: Schema): object[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}
