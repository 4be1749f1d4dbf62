/** What a first configuration is made of. Secrets are kept apart. */
export interface Starter {
  readonly timeZone: string;
  /** `null`: none yet; devices are added on the pages. */
  readonly router: { readonly name: string; readonly host: string; readonly username: string } | null;
  /** `null`: no mail. */
  readonly mail: {
    readonly to: string;
    readonly host: string;
    readonly port: number;
    /** `null`: the server takes mail without a login. */
    readonly username: string | null;
  } | null;
  readonly hasPages: boolean;
}

/** The environment variables of its secrets. */
export const SECRETS = { key: 'NETSENTINEL_KEY', router: 'ROUTER_PASSWORD', mail: 'SMTP_PASSWORD' } as const;

const ABOUT =
  '// The smallest useful configuration: one router, SQLite, the pages. The command `init` asks for all of it; every option: config.example.ts.';
const ABOUT_WITHOUT_ROUTER =
  '// A first configuration: SQLite, and the pages, where devices are added (/inventory). Every option: config.example.ts.';

/** The text of a configuration file; with the answers of `config.starter.ts` it is that file. */
export function starterText({ timeZone, router, mail, hasPages }: Starter): string {
  const lines = [
    `timeZone: ${literal(timeZone)}`,
    `database: 'sqlite:./data/netsentinel.db'`,
    `key: secret('${SECRETS.key}')`,
    ...(router === null ? [] : [routerLine(router)]),
    ...(mail === null ? [] : [mailLine(mail)]),
    ...(hasPages ? [`http: { pages: true, auth: 'accounts' }`] : []),
  ];
  return [
    router === null ? ABOUT_WITHOUT_ROUTER : ABOUT,
    "import { defineConfig, secret } from 'netsentinel/config';",
    '',
    'export default defineConfig({',
    ...lines.map((line) => `  ${line},`),
    '});',
    '',
  ].join('\n');
}

function routerLine({ name, host, username }: NonNullable<Starter['router']>): string {
  return `routers: [{ name: ${literal(name)}, host: ${literal(host)}, username: ${literal(username)}, password: secret('${SECRETS.router}') }]`;
}

function mailLine({ to, host, port, username }: NonNullable<Starter['mail']>): string {
  // Most servers accept as sender only the account that logs in.
  const from = username?.includes('@') === true ? username : to;
  const login = username === null ? '' : `, username: ${literal(username)}, password: secret('${SECRETS.mail}')`;
  return `mail: { from: ${literal(from)}, to: [${literal(to)}], smtp: { host: ${literal(host)}, port: ${port}${login} } }`;
}

/** A text as TypeScript's literal. */
function literal(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}
