import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { DEFAULT_EVERY_SECONDS, DEFAULT_RETENTION_DAYS } from './contradictions.ts';
import {
  addressRange,
  type ConfigContext,
  databaseUrl,
  encoding,
  fingerprint,
  gigabytes,
  glob,
  host,
  httpsAddress,
  isLoopback,
  line,
  mailAddress,
  port,
  secretText,
  timeOfDay,
  timeZone,
  vaultKey,
  webAddress,
  webOrigin,
  weekday,
} from './fields.ts';

const API_PORT = 8728;
const API_TLS_PORT = 8729;
const SMTPS_PORT = 465;
const HTTP_PORT = 9494;
/** Other characters would make the HTTP client refuse the token with an error that shows it. */
const API_TOKEN = /^[\x21-\x7e]+$/;
/** Guesses are throttled, so that a short one need not be long; a very short one is no password. */
const SHORTEST_PASSWORD = 8;

/** A certificate file in PEM form; becomes its text. */
function certificateFile(context: ConfigContext) {
  return line.transform((file, ctx): string => {
    try {
      const pem = readFileSync(resolve(context.folder, file), 'utf8');
      if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
      ctx.addIssue({ code: 'custom', message: `file ${file} has no certificate in PEM format`, input: undefined });
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      ctx.addIssue({ code: 'custom', message: `file ${file} cannot be read (${reason})`, input: undefined });
    }
    return z.NEVER;
  });
}

function routerTls(context: ConfigContext) {
  const forms = "must be true, false, { ca: 'FILE' }, { fingerprint: 'SHA-256' } or { insecure: true }";
  const trust = z
    .strictObject({
      ca: certificateFile(context).exactOptional(),
      fingerprint: fingerprint.exactOptional(),
      insecure: z.literal(true).exactOptional(),
    })
    .refine((given) => Object.keys(given).length === 1, forms)
    .transform(({ ca, fingerprint }): RouterTrust => {
      if (ca !== undefined) return { ca };
      return fingerprint === undefined ? { insecure: true } : { fingerprint };
    });
  return z.union([z.boolean(), trust], forms);
}

/** How the router is verified: signed by this authority (PEM), this certificate (SHA-256), or not at all. */
type RouterTrust = { readonly ca: string } | { readonly fingerprint: string } | { readonly insecure: true };

function router(context: ConfigContext) {
  return z
    .strictObject({
      name: line,
      host,
      port: port.exactOptional(),
      tls: routerTls(context).default(false),
      username: line,
      password: secretText(context),
      lineMbps: z.number().positive().max(1_000_000).default(10_000),
      encoding: encoding.default('windows-1252'),
    })
    .transform((given) => ({ ...given, port: given.port ?? (given.tls === false ? API_PORT : API_TLS_PORT) }));
}

/** Routers are added that LibreNMS knows; what it cannot know of them is the same for all. */
function librenms(context: ConfigContext) {
  return z
    .strictObject({
      url: webAddress,
      token: secretText(context).refine((token) => API_TOKEN.test(token.reveal()), 'must be an API token of LibreNMS'),
      refreshMinutes: z.int().min(1).max(1440).default(10),
      match: glob.default('*'),
      exclude: z.array(glob).default([]),
      port: port.exactOptional(),
      tls: routerTls(context).default(false),
      username: line,
      password: secretText(context),
      lineMbps: z.number().positive().max(1_000_000).default(10_000),
      encoding: encoding.default('windows-1252'),
    })
    .transform((given) => ({ ...given, port: given.port ?? (given.tls === false ? API_PORT : API_TLS_PORT) }));
}

const user = z
  .strictObject({
    match: glob.exactOptional(),
    comment: glob.exactOptional(),
    router: line.exactOptional(),
    name: line,
  })
  .refine((rule) => rule.match !== undefined || rule.comment !== undefined, 'needs match or comment to select queues');

const quota = z.strictObject({
  match: glob.exactOptional(),
  comment: glob.exactOptional(),
  router: line.exactOptional(),
  unlimited: z.boolean().default(false),
  ignore: z.boolean().default(false),
  dailyGb: gigabytes.exactOptional(),
  weeklyGb: gigabytes.exactOptional(),
  monthlyGb: gigabytes.exactOptional(),
  monthStartsOn: z.int().min(1).max(31).default(1),
  counts: z.enum(['download', 'upload', 'total']).default('download'),
  warnAtPercent: z.array(z.int().min(1).max(1000)).default([]),
  to: z.array(mailAddress).min(1).exactOptional(),
});

/** Token endpoints. Microsoft's has the directory in it: the general one knows no application of a single organization. */
const TOKEN_URLS = {
  google: () => 'https://oauth2.googleapis.com/token',
  microsoft: (tenant: string) => `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
} as const;
/** What an application of Microsoft's that logs in for itself asks for. */
const MICROSOFT_SCOPE = 'https://outlook.office365.com/.default';

function oauth2(context: ConfigContext) {
  return z
    .strictObject({
      provider: z.enum(['microsoft', 'google']).exactOptional(),
      tenant: z
        .string()
        .regex(/^[\w.-]+$/, "must be the directory (tenant) ID, or a domain like 'example.onmicrosoft.com'")
        .exactOptional(),
      tokenUrl: httpsAddress.exactOptional(),
      clientId: line,
      clientSecret: secretText(context).exactOptional(),
      refreshToken: secretText(context).exactOptional(),
    })
    .refine((given) => (given.provider === undefined) !== (given.tokenUrl === undefined), {
      message: "needs provider ('microsoft' or 'google') or tokenUrl, one of the two",
    })
    .refine((given) => (given.provider === 'microsoft') === (given.tenant !== undefined), {
      message: "tenant belongs to provider 'microsoft', which needs it",
      path: ['tenant'],
    })
    .refine((given) => given.refreshToken !== undefined || (given.provider === 'microsoft' && given.clientSecret), {
      message: "is missing; only provider 'microsoft' with a clientSecret works without it",
      path: ['refreshToken'],
    })
    .transform(({ provider, tenant = '', tokenUrl, ...login }) => ({
      ...login,
      tokenUrl: tokenUrl ?? TOKEN_URLS[provider ?? 'google'](tenant),
      ...(login.refreshToken === undefined ? { scope: MICROSOFT_SCOPE } : {}),
    }));
}

function mail(context: ConfigContext) {
  const smtp = z
    .strictObject({
      host,
      port: port.default(587),
      secure: z.boolean().exactOptional(),
      ehloName: host.exactOptional(),
      username: line.exactOptional(),
      password: secretText(context).exactOptional(),
      oauth2: oauth2(context).exactOptional(),
      tls: z
        .strictObject({
          required: z.boolean().exactOptional(),
          ca: certificateFile(context).exactOptional(),
          insecure: z.boolean().default(false),
        })
        .prefault({}),
    })
    .refine((given) => given.password === undefined || given.oauth2 === undefined, {
      message: 'password and oauth2 exclude each other; keep one',
    })
    .refine(
      (given) => (given.username === undefined) === (given.password === undefined && given.oauth2 === undefined),
      {
        message: 'set both username and password (or oauth2), or none of them',
      },
    )
    .transform((given) => ({
      ...given,
      secure: given.secure ?? given.port === SMTPS_PORT,
      tls: {
        ...given.tls,
        required: given.tls.required ?? (given.username !== undefined && !isLoopback(given.host)),
      },
    }));
  return z.strictObject({ from: mailAddress, to: z.array(mailAddress).min(1), smtp });
}

const at = timeOfDay;
const rows = z.int().min(1).max(100_000).default(200);

const report = z.discriminatedUnion(
  'every',
  [
    z.strictObject({
      every: z.literal('day').default('day'),
      at,
      covers: z.enum(['today', 'yesterday']).default('today'),
      rows,
    }),
    z.strictObject({ every: z.literal('week'), on: weekday.default('monday'), at, rows }),
    z.strictObject({ every: z.literal('month'), at, rows }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? "must be 'day', 'week' or 'month'" : undefined) },
);

/** One report or a list of them; becomes a list. */
const reports = z
  .union([report, z.array(report)], 'must be a report or a list of reports')
  .transform((given) => (Array.isArray(given) ? given : [given]));

/** Proxies whose forwarding headers are trusted: `true` for the nearest one, or a list of addresses. */
const trustProxy = z.union(
  [z.boolean(), z.array(addressRange).min(1)],
  "must be true, false or a list of addresses like '10.0.0.5' or '10.0.0.0/8'",
);

function http(context: ConfigContext) {
  return z.strictObject({
    host: host.default('127.0.0.1'),
    port: port.default(HTTP_PORT),
    pages: z.boolean().default(false),
    password: secretText(context)
      .refine(
        (password) => password.reveal().length >= SHORTEST_PASSWORD,
        `must have ${SHORTEST_PASSWORD} characters or more`,
      )
      .exactOptional(),
    auth: z.literal('none', "must be 'none', or be left out").exactOptional(),
    trustProxy: trustProxy.default(false),
  });
}

/** The configuration as people write it, strict: what it does not know it refuses. */
export function createConfigSchema(context: ConfigContext) {
  return z.strictObject({
    timeZone,
    weekStartsOn: weekday.default('monday'),
    database: databaseUrl(context).prefault('sqlite:./data/netsentinel.db'),
    key: vaultKey(context).exactOptional(),
    oldKeys: z.array(vaultKey(context)).default([]),
    routers: z.array(router(context)).default([]),
    librenms: librenms(context).exactOptional(),
    users: z.array(user).default([]),
    collect: z
      .strictObject({
        everySeconds: z.int().min(1).max(86_400).default(DEFAULT_EVERY_SECONDS),
        timeoutSeconds: z.int().min(1).max(3600).default(20),
        concurrency: z.int().min(1).max(10_000).default(32),
      })
      .prefault({}),
    quotas: z.array(quota).default([]),
    mail: mail(context).exactOptional(),
    report: reports.prefault({ at: '18:15' }),
    alerts: z.strictObject({ blindAfterMinutes: z.int().min(1).max(10_080).default(30) }).prefault({}),
    http: http(context).exactOptional(),
    publicUrl: webOrigin.exactOptional(),
    retention: z.strictObject({ days: z.int().min(1).max(36_500).default(DEFAULT_RETENTION_DAYS) }).prefault({}),
  });
}

type ConfigSchema = ReturnType<typeof createConfigSchema>;

/** What a configuration file may say. */
export type ConfigInput = z.input<ConfigSchema>;
/** The configuration as the worker uses it: checked, defaults filled in, secrets hidden. */
export type Config = z.output<ConfigSchema>;
export type RouterConfig = Config['routers'][number];
export type RouterTls = RouterConfig['tls'];
export type LibrenmsConfig = NonNullable<Config['librenms']>;
export type UserRule = Config['users'][number];
export type QuotaRule = Config['quotas'][number];
export type CollectConfig = Config['collect'];
export type MailConfig = NonNullable<Config['mail']>;
export type HttpConfig = NonNullable<Config['http']>;
export type ReportConfig = Config['report'][number];
export type Weekday = Config['weekStartsOn'];
