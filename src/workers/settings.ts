import { z } from 'zod';
import { type ConfigContext, secretText } from '../platform/config/fields.ts';
import { isRedisUrl } from '../platform/redis/url.ts';

/** Several workers that share the devices; without this section a worker is alone. */
export function workersSettings(context: ConfigContext) {
  return z.strictObject({
    redis: secretText(context).refine(
      (url) => isRedisUrl(url.reveal()),
      "must be 'redis://host:6379' or 'rediss://user:password@host:6379/0' (special characters in the password as %XX)",
    ),
  });
}

export type WorkersSettings = z.output<ReturnType<typeof workersSettings>>;
