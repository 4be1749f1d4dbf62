import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageFrame } from './page-frame.ts';

const HTML = 'text/html; charset=utf-8';

/** Whether a person looks with a browser; API clients are programs, no matter what they accept. */
export function wantsPage({ url, headers }: FastifyRequest): boolean {
  return !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html');
}

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.type(HTML).send(html);
}

/** A page with this status, a message and advice. */
export function sendMessage(
  frame: Pick<PageFrame, 'message'>,
  reply: FastifyReply,
  status: number,
  view: { readonly title: string; readonly text: string; readonly advice: string | null },
): FastifyReply {
  return sendPage(reply.code(status), frame.message({ ...view, nav: null }));
}

/** 404 for what is not stored (any more). */
export function sendNotOnRecord(frame: Pick<PageFrame, 'message'>, reply: FastifyReply, text: string): FastifyReply {
  const advice = 'Old usage is deleted (retention).';
  return sendMessage(frame, reply, 404, { title: 'Not found', text, advice });
}
