import type { Statement } from './syntax.ts';

/** A row's internal number, `*1A`. */
export class RowId {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Code with the script it came from: what `:parse` gives and what `do={}` stores in a variable. */
export class Code {
  readonly body: readonly Statement[];
  constructor(body: readonly Statement[]) {
    this.body = body;
  }
}

/** An address or a network as a value of its own type, as `:toip` gives it. */
export class Address {
  readonly type: 'ip' | 'ip6';
  readonly text: string;
  constructor(type: 'ip' | 'ip6', text: string) {
    this.type = type;
    this.text = text;
  }
}

/** `null` is RouterOS's nil (looked for and not found), `undefined` its nothing (never set). */
export type Value = string | number | boolean | null | undefined | RowId | Code | Address | Value[];

export function typeOf(value: Value): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nil';
  if (Array.isArray(value)) return 'array';
  if (value instanceof RowId) return 'id';
  if (value instanceof Code) return 'code';
  if (value instanceof Address) return value.type;
  return { string: 'str', number: 'num', boolean: 'bool' }[typeof value as 'string' | 'number' | 'boolean'];
}

/** What `:tostr` and the `.` operator make of a value. */
export function textOf(value: Value): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join(';');
  if (value instanceof RowId || value instanceof Address) return value.text;
  if (value instanceof Code) return '(code)';
  return String(value);
}
