/** What the room is handed for each server behind the guard: how it stands, and what it is started by. */

import type { ConnectionFacts } from '../../enforcement/enforcement.ts';
import type {
  DefinitionKind,
  PersonalKind,
  McpDefinition,
  McpStanding,
  SqlFacts,
} from '@agentguard/rules';
import type { DescribedDatabase, StartBeside } from './handshake.ts';

export type { DescribedColumn, DescribedDatabase, DescribedTable } from './handshake.ts';

/** What is known of one definition, whatever this conversation saw of it. */
export interface KnownDefinition {
  /** Digest of what a person saw; null when nobody did. */
  readonly pinned: string | null;
  /** What the person said of it. */
  readonly word: 'allow' | 'ask' | 'deny' | null;
  /** Another version of it, or a first one, waits for a person. */
  readonly waits: boolean;
}

/** One server of one session. */
export interface GuardedServer {
  readonly name: string;
  readonly connection: Omit<ConnectionFacts, 'connection'>;
  /** What is known of a definition. */
  known(kind: DefinitionKind, name: string): KnownDefinition;
  /** Definitions as they come past; what is not pinned waits for a person from then on. */
  observe(definitions: readonly McpDefinition[]): void;
  /** Whether it is shown in a list, judged by the policy in force now. */
  shows(kind: DefinitionKind, name: string, standing: McpStanding): boolean;
  /** What SQL in an argument would do; null where the server is none of a database. */
  readonly readSql: ((text: string) => SqlFacts) | null;
  /** Counts a call and says how many there were, this one left out. */
  count(): { readonly session: number; readonly minute: number };
  /** Whether the policy says that a tool changes nothing. */
  reads(tool: string): boolean;
  /** Takes secrets out of a text that goes to the agent. */
  readonly redact: (text: string) => { readonly text: string; readonly count: number };
  /** Personal data to be masked in answers. */
  masks(): readonly PersonalKind[];
  /** Whether the policy lets the server ask the client's model. */
  samplingAllowed(): boolean;
  /** Folders that the server may be told of. */
  readonly roots: readonly string[];
  /** Answers a probe of the modern era in place of a server that is known not to know it. */
  readonly answersProbe: boolean;
  /** How long its client waits for an answer, in milliseconds. */
  readonly clientBudgetMs: number;
}

/** A server with the way to it. */
export interface OpenedServer {
  readonly server: GuardedServer;
  readonly place:
    | { readonly kind: 'beside'; readonly start: StartBeside }
    | {
        readonly kind: 'here';
        readonly program: string;
        readonly args: readonly string[];
        /** Holds secrets: handed to the process and to nothing else. */
        readonly env: () => Promise<Readonly<Record<string, string>>>;
        readonly cwd: string;
      };
  /** Content of the server was given to the agent. */
  taint(): void;
  /** Puts something on the record that is no decision. */
  record(name: string, details: Readonly<Record<string, string | number | boolean | null>>): void;
  onEnd(listener: () => void): () => void;
}

/** Why a server is not opened, in words for the person. */
export interface OpenRefusal {
  readonly problem: string;
  readonly help: string;
}

/** The servers that a listener is handed. */
export interface ServerDirectory {
  /** The server that a session means by a command line. */
  open(session: string, argv: readonly string[]): Promise<OpenedServer | OpenRefusal>;
  /** What a session may do with one of its databases. */
  describe(session: string, resource: string): Promise<DescribedDatabase | OpenRefusal>;
}
