/**
 * Names whose meaning changes before the server has agreed. Each change is settled or undone later, in the order the server
 * answers, while newer changes of the same name may already stand on top of it.
 */

/** A change that the server has not answered yet. Call one of the two, once. */
export interface NameChange {
  /** The server did it. */
  settle(): void;
  /** The server skipped it or failed. */
  undo(): void;
}

interface Layer<T> {
  /** What the name means; undefined when it was taken away. */
  readonly value: T | undefined;
  /** What it meant before, as long as that may come back. */
  before: Layer<T> | null;
  undone: boolean;
  /** The server has not answered yet. */
  pending: boolean;
  /** Which pipeline of the client it belongs to. */
  readonly pipeline: number;
}

/** A map with changes that can be taken back in any order. */
export class NameTable<T> {
  readonly #layers = new Map<string, Layer<T>>();
  readonly #onGone: (value: T) => void;

  /** @param onGone told of each value that no name can mean any more */
  constructor(onGone: (value: T) => void) {
    this.#onGone = onGone;
  }

  /** Names that mean something, or may still come to. */
  get size(): number {
    return this.#layers.size;
  }

  get(name: string): T | undefined {
    return this.#layers.get(name)?.value;
  }

  /**
   * Whether the server is sure to mean the same by a name, in a message of this pipeline that it does not skip.
   * SECURITY(P-02): a change that an earlier pipeline asked for may have failed. Until the server has said so, a message
   * behind that pipeline's Sync could run what the name stood for before.
   */
  isCertain(name: string, pipeline: number): boolean {
    const layer = this.#layers.get(name);
    return layer === undefined || !layer.pending || layer.pipeline === pipeline;
  }

  /** Gives a name a meaning, or takes it away with undefined. */
  set(name: string, value: T | undefined, pipeline: number): NameChange {
    const before = this.#layers.get(name) ?? null;
    const layer: Layer<T> = { value, before, undone: false, pending: true, pipeline };
    this.#layers.set(name, layer);
    return {
      settle: () => {
        this.#dropFrom(layer.before);
        layer.before = null;
        layer.pending = false;
        if (value === undefined && this.#layers.get(name) === layer) this.#layers.delete(name);
      },
      undo: () => {
        layer.undone = true;
        if (this.#layers.get(name) === layer) this.#fallBack(name, layer);
      },
    };
  }

  /** Takes a name away for good. */
  delete(name: string): void {
    this.#dropFrom(this.#layers.get(name) ?? null);
    this.#layers.delete(name);
  }

  *entries(): Iterable<[string, T]> {
    for (const [name, { value }] of this.#layers) {
      if (value !== undefined) yield [name, value];
    }
  }

  /** Everything that any name means or may come to mean again. */
  *everything(): Iterable<T> {
    for (const top of this.#layers.values()) {
      for (let layer: Layer<T> | null = top; layer !== null; layer = layer.before) {
        if (layer.value !== undefined) yield layer.value;
      }
    }
  }

  #dropFrom(first: Layer<T> | null): void {
    for (let layer = first; layer !== null; layer = layer.before) {
      if (layer.value !== undefined) this.#onGone(layer.value);
    }
  }

  #fallBack(name: string, from: Layer<T>): void {
    let layer = from.before;
    while (layer?.undone === true) layer = layer.before;
    if (layer === null) this.#layers.delete(name);
    else this.#layers.set(name, layer);
  }
}
