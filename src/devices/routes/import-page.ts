import type { FastifyReply, FastifyRequest } from 'fastify';
import { seeOther, sentence } from '../../platform/http/forms.ts';
import { sendPage } from '../../platform/http/page-answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { isInTheWay } from '../api/inventory-deps.ts';
import { secretsNote } from '../pages/form-parts.ts';
import { type ImportState, type ImportView, viewImport } from '../pages/import.ts';
import { ImportRefused, importPreviewed, LARGEST_IMPORT_BYTES, PreviewOutdated, previewImport } from '../transfer.ts';
import type { InventoryPagesDeps } from './page-tools.ts';

/** What a browser puts around a file. */
const AROUND_BYTES = 16 * 1024;
const NOTHING: ImportState = { problem: null, problems: [], preview: null };

/**
 * The page that imports a file. The file is sent twice, for a preview and for the import: it may hold passwords, which are kept nowhere
 * in between. What is imported is the plan that was shown, or nothing.
 */
export function createImportPage({ deskOf, trouble, frame }: InventoryPagesDeps): Route[] {
  const page = frame.page<ImportView>(new URL('../pages/import.hbs', import.meta.url));

  function show(reply: FastifyReply, state: Partial<ImportState> = {}): FastifyReply {
    return sendPage(reply, page(viewImport({ ...NOTHING, ...state }, secretsNote(trouble()))));
  }

  async function take(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { file, action, plan } = await readUpload(request);
    if (file === null || file.length === 0) return show(reply.code(400), { problem: 'Choose a file.' });
    try {
      if (action !== 'import') return show(reply, { preview: await previewImport(deskOf(request), file) });
      await importPreviewed(deskOf(request), file, plan);
      return seeOther(reply, '/inventory');
    } catch (error) {
      if (error instanceof PreviewOutdated) {
        const problem =
          'The file or the inventory changed since the preview. Nothing was imported. This is the new preview.';
        return show(reply.code(409), { problem, preview: error.preview });
      }
      if (error instanceof ImportRefused) return show(reply.code(400), { problems: error.problems });
      if (!isInTheWay(error)) throw error;
      return show(reply.code(409), { problem: `${sentence(error.message)} ${error.advice}` });
    }
  }

  return [
    { method: 'GET', path: '/inventory/import', right: 'administer', handler: async (_request, reply) => show(reply) },
    {
      ...{ method: 'POST', path: '/inventory/import', right: 'administer', handler: take },
      largestBodyBytes: LARGEST_IMPORT_BYTES + AROUND_BYTES,
    },
  ];
}

async function readUpload({ body, headers }: FastifyRequest): Promise<{
  readonly file: Uint8Array | null;
  readonly action: string;
  readonly plan: string;
}> {
  const nothing = { file: null, action: '', plan: '' };
  if (!Buffer.isBuffer(body)) return nothing;
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': headers['content-type'] ?? '' },
    }).formData();
  } catch {
    // Not what a form sends.
    return nothing;
  }
  const [file, action, plan] = ['file', 'do', 'plan'].map((name) => form.get(name) ?? null);
  return {
    file: file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : null,
    action: typeof action === 'string' ? action : '',
    plan: typeof plan === 'string' ? plan : '',
  };
}
