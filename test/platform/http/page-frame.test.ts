import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Frame } from '../../../src/platform/http/frame.ts';
import { createPageFrame } from '../../../src/platform/http/page-frame.ts';

const SETTINGS = {
  navigation: [
    { key: 'today', href: '/', title: 'Today' },
    { key: 'alerts', href: '/alerts', title: 'Alerts' },
  ],
  hasLogin: false,
};

/** A template beside the pages of some capability. */
async function templateFor(t: TestContext, text: string): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-template-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'page.hbs');
  await writeFile(file, text);
  return pathToFileURL(file);
}

describe('the frame of pages', () => {
  it('takes the template of a page from where its capability keeps it, and shows data as data', async (t) => {
    const page = createPageFrame(SETTINGS).page<Frame & { readonly name: string }>(
      await templateFor(t, '{{#> layout}}<h1>{{name}}</h1>{{/layout}}'),
    );
    const html = page({ title: 'A', nav: 'alerts', name: '<b>{{style}}</b>' });
    assert.match(html, /<h1>&lt;b&gt;\{\{style\}\}&lt;\/b&gt;<\/h1>/);
    assert.match(html, /<a href="\/">Today<\/a>\s*<a href="\/alerts" aria-current="page">Alerts<\/a>/);
  });

  it('lets one capability use a part of another by its name, given once', async (t) => {
    const frame = createPageFrame(SETTINGS);
    const page = frame.page<Frame>(await templateFor(t, '{{> greeting who="Ann"}}'));
    const part = await templateFor(t, 'Hello {{who}}');
    frame.addPartial('greeting', part);
    assert.equal(page({ title: 'A', nav: null }), 'Hello Ann');
    assert.throws(() => frame.addPartial('greeting', part), /there are two partials greeting/);
    assert.throws(() => frame.addPartial('layout', part), /there are two partials layout/);
  });
});
