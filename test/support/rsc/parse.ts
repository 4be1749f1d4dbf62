import { type Dialect, propertiesOf, takesValue } from './dialect.ts';
import { type Argument, type Expression, type Operator, ScriptSyntaxError, type Statement } from './syntax.ts';

/** Arguments that may come without their name, in this order. */
const unnamed: Readonly<Record<string, readonly string[]>> = {
  local: ['name', 'value'],
  global: ['name', 'value'],
  set: ['name', 'value'],
  if: ['condition'],
  while: ['condition'],
  foreach: ['counter'],
  for: ['counter'],
  do: ['command'],
  find: ['in', 'key', 'from'],
  pick: ['counter', 'begin', 'end'],
  toarray: ['value'],
};
const ownUnnamed: Readonly<Record<string, readonly string[]>> = {
  set: ['numbers'],
  get: ['number', 'value-name'],
  remove: ['numbers'],
  enable: ['numbers'],
  disable: ['numbers'],
  move: ['numbers', 'destination'],
  find: [],
  print: [],
  info: ['message'],
  warning: ['message'],
  error: ['message'],
};

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  n: '\n',
  r: '\r',
  t: '\t',
  $: '$',
  '?': '?',
  _: ' ',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

const stickies = new Map<string, RegExp>();
function stickyOf(pattern: RegExp): RegExp {
  const known = stickies.get(pattern.source) ?? new RegExp(pattern.source, 'y');
  stickies.set(pattern.source, known);
  return known;
}

/**
 * Reads a script as RouterOS does before it runs any of it: one unknown menu, command, argument or bad unquoted value refuses all of it.
 * A `where` is read too; its names are told apart from variables here, because in a `where` `$name` means the row's property.
 */
export function parseScript(source: string, dialect: Dialect): readonly Statement[] {
  let at = 0;
  /** The menu of the command whose arguments are being read: `[find …]` in them means that menu. */
  let nearMenu: string | undefined;

  function fail(message: string): never {
    const before = source.slice(0, at).split('\n');
    throw new ScriptSyntaxError(message, before.length, (before.at(-1)?.length ?? 0) + 1);
  }
  const ahead = (text: string) => source.startsWith(text, at);
  function match(pattern: RegExp): string | undefined {
    const sticky = stickyOf(pattern);
    sticky.lastIndex = at;
    const found = sticky.exec(source)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  }
  function expect(text: string): void {
    if (!ahead(text)) fail(`expected ${text}`);
    at += text.length;
  }
  /** Blanks and joined lines; a line is joined only by a backslash that ends it. */
  function blanks(): void {
    for (;;) {
      match(/[ \t]+/);
      if (!ahead('\\')) return;
      if (match(/\\\r?\n/) === undefined) fail('blank or text after a line continuation');
    }
  }
  function lines(): void {
    for (;;) {
      blanks();
      if (match(/[\r\n;]+/) !== undefined) continue;
      if (ahead('#')) {
        if (source.slice(source.lastIndexOf('\n', at) + 1, at).trim() !== '') fail('a comment begins a line');
        match(/[^\n]*/);
        continue;
      }
      return;
    }
  }

  function statements(end: '}' | ''): Statement[] {
    const found: Statement[] = [];
    for (;;) {
      lines();
      if (at >= source.length) {
        if (end !== '') fail('expected }');
        return found;
      }
      if (ahead('}')) {
        if (end === '') fail('unexpected }');
        return found;
      }
      found.push(statement());
      blanks();
      if (at < source.length && !/[\r\n;}]/.test(source.charAt(at))) fail('expected end of command');
    }
  }

  function statement(): Statement {
    if (ahead('{')) {
      at += 1;
      const body = statements('}');
      expect('}');
      return { kind: 'block', body };
    }
    if (ahead('$') || ahead('[')) {
      const target = primary(undefined);
      return { kind: 'call', target, arguments: callArguments() };
    }
    if (ahead(':')) {
      at += 1;
      const name = match(/[a-z0-9]+/) ?? fail('bad command name');
      if (name === 'log')
        return menuCommand('/log', match(/[ \t]+(info|warning|error)/)?.trim() ?? fail('expected a topic'));
      return menuCommand('/', name);
    }
    if (ahead('/')) {
      at += 1;
      let menu = '';
      for (;;) {
        const word = match(/[a-z0-9-]+/) ?? fail('bad command name');
        if (dialect.commands[`${menu}/${word}`] !== undefined || isPrefixOfMenu(`${menu}/${word}`)) menu += `/${word}`;
        else return menuCommand(menu === '' ? '/' : menu, word);
        if (match(/[ \t/]+/) === undefined) fail(`a command was expected in ${menu}`);
      }
    }
    if (nearMenu !== undefined && /(find|get)\b/y.test(source.slice(at))) {
      const menu = nearMenu;
      return menuCommand(menu, match(/find|get/) ?? '');
    }
    return fail(`bad command name ${match(/\S*/) ?? ''}`);
  }
  function isPrefixOfMenu(path: string): boolean {
    return Object.keys(dialect.commands).some((menu) => menu.startsWith(`${path}/`));
  }

  function menuCommand(menu: string, command: string): Statement {
    const known = dialect.commands[menu]?.[command];
    if (known === undefined) fail(`bad command name ${command} in ${menu}`);
    const order = ((menu === '/' ? unnamed[command] : ownUnnamed[command]) ?? known).filter((name) =>
      known.includes(name),
    );
    const found: Argument[] = [];
    let where: Expression | undefined;
    const outer = nearMenu;
    if (menu !== '/') nearMenu = menu;
    for (;;) {
      blanks();
      if (at >= source.length || /[\r\n;\])}]/.test(source.charAt(at))) break;
      if (menu !== '/' && known.includes('where') && (command === 'find' || match(/where\b/) !== undefined)) {
        if (command === 'find') match(/where\b/);
        where = expression(menu);
        break;
      }
      const name = match(/[a-z][a-z0-9-]*=/)?.slice(0, -1);
      if (name !== undefined) {
        if (!known.includes(name)) fail(`unknown argument ${name} of ${menu} ${command}`);
        found.push({ name, value: value(menu, name, command) });
        continue;
      }
      if (
        menu === '/' &&
        ['local', 'global', 'set', 'foreach', 'for'].includes(command) &&
        order.length === (unnamed[command]?.length ?? 0)
      ) {
        order.shift();
        if (command === 'set') match(/\$/);
        const variable = match(/[A-Za-z][A-Za-z0-9]*/) ?? fail('expected a variable name');
        found.push({ name: unnamed[command]?.[0] ?? '', value: { kind: 'literal', value: variable, bare: true } });
        continue;
      }
      if (menu !== '/' && match(/(count-only|as-value)\b/) !== undefined) {
        found.push({
          name: source.slice(0, at).endsWith('only') ? 'count-only' : 'as-value',
          value: { kind: 'literal', value: true, bare: true },
        });
        continue;
      }
      const next = order.shift();
      if (next === undefined || !known.includes(next)) fail(`expected end of command, at ${source.slice(at, at + 20)}`);
      const given = value(menu, next, command);
      if (next === 'value-name' && given.kind === 'literal' && !propertiesOf(menu, dialect).has(String(given.value)))
        fail(`input does not match any value of value-name: ${given.value}`);
      found.push({ name: next, value: given });
    }
    nearMenu = outer;
    return { kind: 'run', menu, command, arguments: found, ...(where === undefined ? {} : { where }) };
  }

  function callArguments(): Argument[] {
    const found: Argument[] = [];
    for (;;) {
      blanks();
      if (at >= source.length || /[\r\n;\])}]/.test(source.charAt(at))) return found;
      const name = match(/[A-Za-z][A-Za-z0-9]*=/)?.slice(0, -1);
      found.push({ ...(name === undefined ? {} : { name }), value: primary(undefined) });
    }
  }

  function value(menu: string, name: string, command: string): Expression {
    if (['do', 'else', 'on-error', 'command', 'source', 'on-event'].includes(name) && ahead('{')) return code();
    if (
      ['while', 'condition'].includes(name) &&
      !ahead('(') &&
      !ahead('$') &&
      !ahead('[') &&
      !/[a-z]/.test(source.charAt(at))
    )
      fail('expected a condition');
    const found = ahead('{') && (command === 'local' || command === 'global') ? code() : primary(undefined);
    if (found.kind === 'literal' && found.bare && !takesValue(menu, name, String(found.value)))
      fail(`input does not match any value of ${name}: ${found.value}`);
    return found;
  }
  function code(): Expression {
    // `{"a";"b"}` is an array, `{ :put 1 }` is code.
    const begin = at;
    expect('{');
    match(/[\s]*/);
    const isArray = ahead('"') || ahead('}');
    at = begin;
    if (isArray) return primary(undefined);
    expect('{');
    const body = statements('}');
    expect('}');
    return { kind: 'code', body };
  }

  function expression(menu: string | undefined, level = 0): Expression {
    const levels: readonly RegExp[] = [
      /or\b|\|\|/,
      /and\b|&&/,
      /!=|<=|>=|=|<|>|~/,
      /,(?=[ \t("$[])/,
      /\.(?=[ \t("$[])/,
      /[+-](?=[ \t(])/,
      /[*/](?=[ \t(])/,
    ];
    const operators = levels[level];
    if (operators === undefined) return unary(menu);
    let left = expression(menu, level + 1);
    for (;;) {
      const before = at;
      // Inside parentheses an expression may go over the line's end.
      if (menu === undefined) match(/\s*/);
      blanks();
      const operator = match(operators);
      if (operator === undefined) {
        at = before;
        return left;
      }
      blanks();
      const names: Readonly<Record<string, Operator>> = { '||': 'or', '&&': 'and' };
      const right = expression(menu, level + 1);
      left = { kind: 'binary', operator: names[operator] ?? (operator as Operator), left, right };
    }
  }
  function unary(menu: string | undefined): Expression {
    if (menu === undefined) match(/\s*/);
    blanks();
    if (match(/!(?!=)|not\b/) !== undefined) return { kind: 'not', operand: unary(menu) };
    if (match(/-(?=[$(\d])/) !== undefined) return { kind: 'negate', operand: unary(menu) };
    let left = primary(menu);
    while (ahead('->')) {
      at += 2;
      left = { kind: 'element', left, right: primary(undefined) };
    }
    return left;
  }

  function primary(menu: string | undefined): Expression {
    if (ahead("'")) fail('single quotes are no quotes');
    if (ahead('"')) return text();
    if (ahead('(')) {
      at += 1;
      const inner = expression(menu);
      match(/\s*/);
      expect(')');
      return inner;
    }
    if (ahead('[')) {
      at += 1;
      lines();
      const inner = statement();
      lines();
      expect(']');
      return { kind: 'command', statement: inner };
    }
    if (ahead('{')) {
      at += 1;
      const items: Expression[] = [];
      for (;;) {
        match(/[\s;]*/);
        if (ahead('}')) break;
        items.push(primary(undefined));
        match(/[ \t\r\n]*/);
        if (!ahead(';') && !ahead('}')) fail('expected ; or }');
      }
      expect('}');
      return { kind: 'array', items };
    }
    if (match(/\$/) !== undefined) return variable(menu);
    const word = match(menu === undefined ? /[^\s;"'$[\](){}\\]+/ : /[^\s;"'$[\](){}\\=!<>~]+/);
    if (word === undefined) fail('expected a value');
    if (ahead("'")) fail('single quotes are no quotes');
    if (menu === undefined) return { kind: 'literal', value: literal(word), bare: true };
    return propertyOf(menu, word);
  }
  function variable(menu: string | undefined): Expression {
    const name = match(/[A-Za-z0-9]+/) ?? match(/"[A-Za-z0-9-]+"/)?.slice(1, -1) ?? fail('expected a variable name');
    if (menu !== undefined && propertiesOf(menu, dialect).has(name)) return { kind: 'property', name };
    return { kind: 'variable', name };
  }
  /** A bare word in a `where`: a property, and on the right of a comparison a value. */
  function propertyOf(menu: string, word: string): Expression {
    const isValue = /[=<>~][ \t]*$/.test(source.slice(Math.max(0, at - word.length - 8), at - word.length));
    if (isValue && /[:/]/.test(word)) fail(`an address in a where is quoted: ${word}`);
    if (isValue) return { kind: 'literal', value: valueInWhere(word), bare: true };
    if (dialect.unknownProperty === 'refuse' && !propertiesOf(menu, dialect).has(word))
      fail(`unknown property ${word} of ${menu}`);
    return { kind: 'property', name: word };
  }

  function text(): Expression {
    expect('"');
    const parts: Expression[] = [];
    let plain = '';
    const flush = () => {
      if (plain !== '') parts.push({ kind: 'literal', value: plain, bare: false });
      plain = '';
    };
    for (;;) {
      if (at >= source.length) fail('expected "');
      const character = source.charAt(at);
      at += 1;
      if (character === '"') break;
      if (character === '\\') {
        if (match(/\r?\n[ \t]*/) !== undefined) continue;
        if (/[ \t]/.test(source.charAt(at))) fail('blank or text after a line continuation');
        const hex = match(/[0-9A-F]{2}/);
        if (hex !== undefined) {
          plain += String.fromCharCode(Number.parseInt(hex, 16));
          continue;
        }
        const known = escapes[source.charAt(at)];
        if (known === undefined) fail(`\\${source.charAt(at)} is no escape`);
        plain += known;
        at += 1;
        continue;
      }
      if (character === '$') {
        flush();
        parts.push(ahead('(') || ahead('[') ? primary(undefined) : variable(undefined));
        continue;
      }
      plain += character;
    }
    flush();
    if (parts.length === 0) return { kind: 'literal', value: '', bare: false };
    const [only] = parts;
    return parts.length === 1 && only?.kind === 'literal' ? only : { kind: 'text', parts };
  }

  return statements('');
}

/** Flags are compared with yes and no in a `where`; elsewhere these are texts. */
function valueInWhere(word: string): string | number | boolean {
  return word === 'yes' ? true : word === 'no' ? false : literal(word);
}

function literal(word: string): string | number | boolean {
  if (/^\d+$/.test(word)) return Number(word);
  if (word === 'true') return true;
  if (word === 'false') return false;
  return word;
}
