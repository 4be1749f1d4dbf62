import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * What a page may do: its own style sheet, its own script, requests and forms to this server, and nothing else; no site may frame it. The
 * referrer stays within: with `no-referrer` browsers would not say where a form comes from.
 */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;

export async function addSecurityHeaders(_request: unknown, reply: FastifyReply): Promise<void> {
  reply.headers(HEADERS);
}

/** Whether whoever asks can read what is compressed. */
export function takesGzip({ headers }: FastifyRequest): boolean {
  return /\bgzip\b/.test(String(headers['accept-encoding']));
}
