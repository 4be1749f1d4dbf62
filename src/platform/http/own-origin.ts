import type { FastifyRequest } from 'fastify';

/**
 * Whether `Origin` names this server, at the address that it has here or as people reach it (`publicUrl`). Browsers say it for every
 * WebSocket.
 */
export function isOwnOrigin({ headers, protocol, host }: FastifyRequest, publicUrl: string | null): boolean {
  const from = URL.parse(headers.origin ?? '');
  const own = [`${protocol}://${host}`, publicUrl ?? ''].flatMap((url) => URL.parse(url)?.origin ?? []);
  return from !== null && own.includes(from.origin);
}
