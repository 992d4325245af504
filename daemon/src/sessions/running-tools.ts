/**
 * Tools of agents that were let go and have not reported their end, so that what they lead to can be shown together with
 * them. What stands here is what an agent says of itself: it explains a question and decides nothing.
 */

/** A tool that runs. */
export interface RunningTool {
  /** The agent's own id of this call. */
  readonly toolUse: string;
  /** As it is shown: the agent, the tool and what it was given, secrets masked. */
  readonly shown: string;
}

/** Tools of one session that are remembered; agents run a handful side by side. */
const MAX_TOOLS = 16;

/** As much of a command line as helps to recognise it. */
const MAX_SHOWN_LENGTH = 300;

/** The tools of all sessions. */
export class RunningTools {
  readonly #tools = new Map<string, readonly RunningTool[]>();

  /** A tool was let go. */
  started(session: string, { toolUse, shown }: RunningTool): void {
    const others = this.of(session).filter((tool) => tool.toolUse !== toolUse);
    const cut = shown.length > MAX_SHOWN_LENGTH ? `${shown.slice(0, MAX_SHOWN_LENGTH)}…` : shown;
    this.#tools.set(session, [...others, { toolUse, shown: cut }].slice(-MAX_TOOLS));
  }

  ended(session: string, toolUse: string): void {
    const left = this.of(session).filter((tool) => tool.toolUse !== toolUse);
    if (left.length === 0) this.#tools.delete(session);
    else this.#tools.set(session, left);
  }

  /** The session is over. */
  forget(session: string): void {
    this.#tools.delete(session);
  }

  /** What runs in a session, oldest first. */
  of(session: string): readonly RunningTool[] {
    return this.#tools.get(session) ?? [];
  }
}
