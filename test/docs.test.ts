import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function files(pattern: string): string[] {
  return globSync(pattern, { cwd: ROOT, exclude: ['node_modules/**'] });
}

/** The anchors that a Markdown file offers, as GitHub makes them of its headings. */
function anchorsOf(path: string): Set<string> {
  const headings = [...readText(path).matchAll(/^#+ +(.+)$/gm)].map(([, title = '']) => title);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}

describe('the documentation', () => {
  it('has no link that leads nowhere', () => {
    const documents = files('**/*.md');
    const links = documents.flatMap((path) =>
      [...readText(path).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([written, target = '', anchor]) => {
        const to = target === '' ? path : join(dirname(path), target);
        const isThere =
          existsSync(join(ROOT, to)) &&
          (anchor === undefined || (statSync(join(ROOT, to)).isFile() && anchorsOf(to).has(anchor)));
        return { path, written, isThere };
      }),
    );
    assert.ok(links.length > 50);
    assert.deepEqual(
      links.filter(({ isThere }) => !isThere),
      [],
    );
  });
});

describe('the glossary', () => {
  /** `leaf, parent` explains both words. */
  const terms = [...readText('docs/glossary.md').matchAll(/^\| ([^|]+) \| /gm)]
    .flatMap(([, words = '']) => words.split(',').map((word) => word.trim()))
    .filter((word) => word !== 'word');
  const shown = [...files('src/**/*.ts'), ...files('src/**/*.hbs')].map(readText).join('\n').toLowerCase();
  const states = /'mailed' \| ('[^;]*);/.exec(readText('src/quotas/ports.ts'))?.[1] ?? '';
  const keys = [...readText('src/usage/pages/user.hbs').matchAll(/class="key \w+">([\w ]+)</g)].map(([, key]) => key);
  const columns = [...readText('src/demo/screen.ts').matchAll(/bytesColumn\(\s*'(\w+)'/g)].map(([, title]) => title);

  it('is linked from the README', () => {
    assert.match(readText('README.md'), /\]\(docs\/glossary\.md\)/);
  });

  it('has each word once, in the order of the alphabet', () => {
    const firsts = [...readText('docs/glossary.md').matchAll(/^\| ([^|]+) \| /gm)]
      .map(([, words = '']) => words)
      .slice(1);
    assert.deepEqual(firsts, [...new Set(firsts)].sort());
  });

  for (const [what, words] of [
    ['why a breach has no mail', [...states.matchAll(/'(\w+)'/g)].map(([, state]) => state)],
    ["the marks of a user's days", keys],
    ['the columns of the demo', columns.filter((title) => title !== 'True')],
  ] as const) {
    it(`explains ${what}`, () => {
      assert.ok(words.length >= 2);
      assert.deepEqual(
        words.filter((word) => !terms.includes(word?.toLowerCase() ?? '')),
        [],
      );
    });
  }

  it('has only words that pages, mails or commands use', () => {
    assert.ok(terms.length > 15);
    assert.deepEqual(
      terms.filter((term) => !shown.includes(term)),
      [],
    );
  });
});
