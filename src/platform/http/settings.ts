import { z } from 'zod';
import { addressRange, host, port } from '../config/fields.ts';

const HTTP_PORT = 9494;

/** Proxies whose forwarding headers are trusted: `true` for the nearest one, or a list of addresses. */
const trustProxy = z.union(
  [z.boolean(), z.array(addressRange).min(1)],
  "must be true, false or a list of addresses like '10.0.0.5' or '10.0.0.0/8'",
);

/** Where the web server answers, and what. */
export const serverSettings = {
  host: host.default('127.0.0.1'),
  port: port.default(HTTP_PORT),
  pages: z.boolean().default(false),
};

export const proxySettings = { trustProxy: trustProxy.default(false) };
