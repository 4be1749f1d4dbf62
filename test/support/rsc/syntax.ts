/** The subset of RouterOS's script language that our scripts use, as a tree. */

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean; readonly bare: boolean }
  | { readonly kind: 'text'; readonly parts: readonly Expression[] }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'command'; readonly statement: Statement }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'code'; readonly body: readonly Statement[] }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'negate'; readonly operand: Expression }
  | { readonly kind: 'element'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>=' | '~' | '.' | ',' | '+' | '-' | '*' | '/' | 'and' | 'or';

export interface Argument {
  /** Absent for a value that is given without a name. */
  readonly name?: string;
  readonly value: Expression;
}

export type Statement =
  | {
      readonly kind: 'run';
      readonly menu: string;
      readonly command: string;
      readonly arguments: readonly Argument[];
      readonly where?: Expression;
    }
  | { readonly kind: 'call'; readonly target: Expression; readonly arguments: readonly Argument[] }
  | { readonly kind: 'block'; readonly body: readonly Statement[] };

/** RouterOS refuses the script before any of it runs. */
export class ScriptSyntaxError extends Error {
  constructor(message: string, line: number, column: number) {
    super(`${message} (line ${line} column ${column})`);
    this.name = 'ScriptSyntaxError';
  }
}

/** A command failed while the script ran: what ran before stays. */
export class ScriptRuntimeError extends Error {
  override name = 'ScriptRuntimeError';
}
