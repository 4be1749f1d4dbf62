import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const MANIFEST = readFileSync(join(ROOT, 'ops/kubernetes/netsentinel.yml'), 'utf8');
/** A slice of what Kubernetes publishes; its `$comment` says where it is from. */
const PUBLISHED = z
  .object({ kinds: z.record(z.string(), z.string()), $defs: z.record(z.string(), z.record(z.string(), z.unknown())) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'test/fixtures/kubernetes/openapi-1.35.json'), 'utf8')));

const labels = z.record(z.string(), z.string());
const mounted = z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() });
const probe = z.object({ httpGet: z.unknown() });
const container = z.object({
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  volumeMounts: z.array(mounted),
  securityContext: z.unknown(),
  ...{ startupProbe: probe, livenessProbe: probe, readinessProbe: probe },
});
const deployment = z.object({
  spec: z.object({
    replicas: z.number(),
    selector: z.object({ matchLabels: labels }),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.object({
        terminationGracePeriodSeconds: z.number(),
        securityContext: z.unknown(),
        volumes: z.array(z.record(z.string(), z.unknown())),
        containers: z.tuple([container]),
      }),
    }),
  }),
});

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** As the API server validates: a field that it does not know is an error, too. */
function schemaOf({ apiVersion, kind }: Manifest): z.ZodType {
  const name = PUBLISHED.kinds[`${apiVersion} ${kind}`];
  assert.ok(name !== undefined, `${apiVersion} ${kind} is not in the slice of the schema`);
  const definitions = Object.entries(PUBLISHED.$defs).map(([key, definition]) => [
    key,
    'properties' in definition ? { ...definition, additionalProperties: false } : definition,
  ]);
  return z.fromJSONSchema({ $defs: Object.fromEntries(definitions), $ref: `#/$defs/${name}` });
}

describe('the example for Kubernetes', () => {
  const documents = parseAllDocuments(MANIFEST);
  const manifests = documents.map((document) =>
    z.looseObject({ apiVersion: z.string(), kind: z.string() }).parse(document.toJS()),
  );
  const of = (kind: string): Manifest => {
    const found = manifests.find((manifest) => manifest.kind === kind);
    assert.ok(found !== undefined, kind);
    return found;
  };
  const { spec } = deployment.parse(of('Deployment'));
  const pod = spec.template.spec;
  const [worker] = pod.containers;
  const given = worker.env.filter(({ name }) => name.endsWith('_FILE'));

  it('is what the published schema of Kubernetes says, to each field', () => {
    assert.deepEqual(
      manifests.map(({ kind }) => kind),
      ['ConfigMap', 'Secret', 'Deployment', 'Service', 'PodDisruptionBudget'],
    );
    for (const [index, manifest] of manifests.entries()) {
      assert.deepEqual(documents[index]?.errors, []);
      assert.deepEqual(schemaOf(manifest).safeParse(manifest).error?.issues ?? [], [], manifest.kind);
    }
  });

  for (const [what, edit] of [
    ['a misspelt field', (text: string) => text.replace('readOnlyRootFilesystem', 'readonlyRootFilesystem')],
    ['a number as a text', (text: string) => text.replace('replicas: 3', "replicas: '3'")],
    ['a probe without a port', (text: string) => text.replace(', port: http }', ' }')],
  ] as const) {
    it(`would be refused with ${what}`, () => {
      const edited = edit(MANIFEST);
      assert.notEqual(edited, MANIFEST);
      const broken = parseAllDocuments(edited)
        .map((document): Manifest => document.toJS())
        .find(({ kind }) => kind === 'Deployment');
      assert.ok(broken !== undefined);
      assert.equal(schemaOf(broken).safeParse(broken).success, false);
    });
  }

  it('has a configuration that the worker takes, also through the links by which Kubernetes mounts it', async (t) => {
    const { data } = z.object({ data: z.object({ 'config.ts': z.string() }) }).parse(of('ConfigMap'));
    const folder = mkdtempSync(join(tmpdir(), 'netsentinel-kubernetes-'));
    t.after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, '..2026_11_27'));
    writeFileSync(join(folder, '..2026_11_27/config.ts'), data['config.ts']);
    symlinkSync('..2026_11_27', join(folder, '..data'));
    symlinkSync('..data/config.ts', join(folder, 'config.ts'));
    const secrets = Object.fromEntries(given.map(({ name }) => [name.replace(/_FILE$/, ''), exampleOf(name)]));
    const config = await loadConfig(join(folder, 'config.ts'), secrets);
    assert.ok(config.workers !== undefined);
    assert.equal(config.http?.port, worker.ports[0]?.containerPort);
    assert.equal(config.http?.host, '0.0.0.0');
  });

  it('mounts the configuration, each secret and the one folder that is written, all else read-only', () => {
    const { stringData } = z.object({ stringData: labels }).parse(of('Secret'));
    const paths = given.map(({ value }) => value);
    assert.deepEqual(
      paths,
      Object.keys(stringData).map((key) => `/run/secrets/netsentinel/${key}`),
    );
    assert.deepEqual(
      worker.volumeMounts.map(({ mountPath, readOnly = false }) => [mountPath, readOnly]),
      [
        ['/etc/netsentinel', true],
        ['/run/secrets/netsentinel', true],
        ['/tmp', false],
      ],
    );
    assert.deepEqual(
      worker.volumeMounts.map(({ name }) => name),
      pod.volumes.map(({ name }) => name),
    );
  });

  it('gives the worker the user of the image, and no right that it does not need', () => {
    const [, user = ''] = /^USER (\d+):\1$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: Number(user),
      runAsGroup: Number(user),
      fsGroup: Number(user),
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(worker.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('asks a worker whether it works, and never because of a router or the database whether to end it', () => {
    for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
      assert.deepEqual(worker[name].httpGet, { path: '/healthz', port: 'http' }, name);
    }
  });

  it('has one worker disturbed at a time, of several, which the service and the budget find', () => {
    const own = spec.template.metadata.labels;
    assert.ok(spec.replicas >= 3);
    assert.ok(pod.terminationGracePeriodSeconds > 10);
    assert.deepEqual(spec.selector.matchLabels, own);
    const service = z.object({ spec: z.object({ selector: labels }) }).parse(of('Service'));
    assert.deepEqual(service.spec.selector, own);
    const budget = z.object({
      spec: z.object({ maxUnavailable: z.literal(1), selector: z.object({ matchLabels: labels }) }),
    });
    assert.deepEqual(budget.parse(of('PodDisruptionBudget')).spec.selector.matchLabels, own);
  });
});

function exampleOf(name: string): string {
  if (name.startsWith('DATABASE')) return 'mysql://netsentinel:x@db1:3306,db2:3306/netsentinel';
  if (name.startsWith('REDIS')) return 'redis://:x@valkey:6379/0';
  return Buffer.alloc(32, 7).toString('base64');
}
