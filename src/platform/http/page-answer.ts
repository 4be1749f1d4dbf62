import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageFrame } from './page-frame.ts';

const HTML = 'text/html; charset=utf-8';

/** Somebody looks with a browser; the API is for programs, whatever they say they take. */
export function wantsPage({ url, headers }: FastifyRequest): boolean {
  return !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html');
}

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.type(HTML).send(html);
}

/** A page with this status that says one thing, and what may help. */
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
