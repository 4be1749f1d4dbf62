import { z } from 'zod';
import { certificateFile } from '../../../platform/config/certificate-file.ts';
import {
  type ConfigContext,
  host,
  httpsAddress,
  isLoopback,
  line,
  mailAddress,
  port,
  secretText,
} from '../../../platform/config/fields.ts';

const SMTPS_PORT = 465;

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

/** Where mails come from and go to, and the server that takes them. */
export function mailSettings(context: ConfigContext) {
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
export type MailSettings = z.output<ReturnType<typeof mailSettings>>;
