/** What `run` and the first process inside a sandbox say to each other before the command takes that process over. */

/** A place inside the sandbox where the guard is heard. */
export interface InnerListener {
  readonly host: string;
  readonly port: number;
}

/** From outside: what to make ready, and what to become. */
export interface StartMessage {
  readonly kind: 'start';
  readonly listeners: readonly InnerListener[];
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** From outside. `go` comes once everything that was handed out is in its place. */
export type OuterMessage = StartMessage | { readonly kind: 'go' };

/** From inside. With `listener` comes the listening socket itself. */
export type InnerMessage =
  | { readonly kind: 'listener'; readonly index: number }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: 'not-found' | 'not-executable' | 'listen' };
