/**
 * The narrow door to PostgreSQL's own grammar in WebAssembly: text in, JSON out.
 * It never interprets what it gets, and it never answers after an instance threw something it should not have:
 * an overflow inside WebAssembly leaks its stack, and after a few dozen of them every parse fails.
 */

// @ts-expect-error this part of the package, the instance itself, ships without types
import untypedFactory from 'libpg-query/wasm/libpg-query.js';

/** The Emscripten module inside `libpg-query`, as far as it is used here. */
interface PgQueryInstance {
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, pointer: number, capacity: number): void;
  UTF8ToString(pointer: number): string;
  getValue(pointer: number, type: 'i32'): number;
  _malloc(size: number): number;
  _free(pointer: number): void;
  _wasm_parse_query_raw(text: number): number;
  _wasm_free_parse_result(result: number): void;
  _wasm_parse_plpgsql(text: number): number;
  _wasm_scan(text: number): number;
  _wasm_free_string(pointer: number): void;
}

/** Makes an instance with a memory of its own. */
const makeInstance = unsafeFactory(untypedFactory);

/** The package's own shape, fixed by its pinned version. */
function unsafeFactory(factory: unknown): () => Promise<PgQueryInstance> {
  return factory as () => Promise<PgQueryInstance>;
}

/** What one call gives: JSON text, an ordinary syntax error, or the news that the instance is unusable. */
export type EngineAnswer =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'broken' };

type Call = (instance: PgQueryInstance, pointer: number) => EngineAnswer;

/** One instance at a time, replaced by a fresh one whenever it broke. */
export class ParserEngine {
  #instance: PgQueryInstance | null;

  private constructor(instance: PgQueryInstance) {
    this.#instance = instance;
  }

  /** Loads the grammar; 15 to 25 ms. */
  static async load(): Promise<ParserEngine> {
    return new ParserEngine(await makeInstance());
  }

  /** Parses SQL statements. */
  parse(text: string): EngineAnswer {
    return this.#run(text, parseStatements);
  }

  /** Parses the bodies of CREATE FUNCTION and DO statements in PL/pgSQL. */
  parsePlPgSql(text: string): EngineAnswer {
    return this.#run(text, parseBody);
  }

  /** Splits a text into the tokens of PostgreSQL's lexer, with UTF-8 byte offsets. */
  scan(text: string): EngineAnswer {
    return this.#run(text, scanTokens);
  }

  #run(text: string, call: Call): EngineAnswer {
    const instance = this.#instance;
    if (instance === null) return { kind: 'broken' };
    try {
      return withText(instance, text, call);
    } catch {
      // Whatever was thrown here is no answer of the grammar: the instance may have lost stack or memory.
      this.#replace();
      return { kind: 'broken' };
    }
  }

  /** Drops the instance at once; a fresh one serves from when it is loaded. */
  #replace(): void {
    this.#instance = null;
    makeInstance().then(
      (fresh) => {
        this.#instance = fresh;
      },
      () => {
        // Without an instance every answer is `broken`, which denies; there is nobody to tell here.
      },
    );
  }
}

function withText(instance: PgQueryInstance, text: string, call: Call): EngineAnswer {
  const capacity = instance.lengthBytesUTF8(text) + 1;
  const pointer = instance._malloc(capacity);
  if (pointer === 0) throw new RangeError('out of memory');
  instance.stringToUTF8(text, pointer, capacity);
  const answer = call(instance, pointer);
  instance._free(pointer);
  return answer;
}

/** Layout of PgQueryParseResult in 32-bit words: tree, stderr buffer, error. */
const ERROR_OFFSET_BYTES = 8;

function parseStatements(instance: PgQueryInstance, pointer: number): EngineAnswer {
  const result = instance._wasm_parse_query_raw(pointer);
  if (result === 0) throw new RangeError('out of memory');
  const tree = instance.getValue(result, 'i32');
  const error = instance.getValue(result + ERROR_OFFSET_BYTES, 'i32');
  const answer = error === 0 ? toJson(instance.UTF8ToString(tree)) : toError(instance, error);
  instance._wasm_free_parse_result(result);
  return answer;
}

function toJson(text: string): EngineAnswer {
  const value: unknown = JSON.parse(text);
  return { kind: 'json', value };
}

function toError(instance: PgQueryInstance, error: number): EngineAnswer {
  const message = instance.getValue(error, 'i32');
  return { kind: 'error', message: message === 0 ? 'error' : instance.UTF8ToString(message) };
}

function parseBody(instance: PgQueryInstance, pointer: number): EngineAnswer {
  return takeString(instance, instance._wasm_parse_plpgsql(pointer));
}

function scanTokens(instance: PgQueryInstance, pointer: number): EngineAnswer {
  return takeString(instance, instance._wasm_scan(pointer));
}

/** These two entry points give a string: a JSON object, or else the text of an error. */
function takeString(instance: PgQueryInstance, pointer: number): EngineAnswer {
  if (pointer === 0) throw new RangeError('out of memory');
  const text = instance.UTF8ToString(pointer);
  instance._wasm_free_string(pointer);
  return text.startsWith('{') ? toJson(text) : { kind: 'error', message: text };
}
