/** Moving a project's secrets cannot go on. Nothing is lost when it is thrown: see apply.ts and undo.ts. */

/** Why, and what to do next. The message names files and variables, never a value. */
export class ProjectError extends Error {
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.name = 'ProjectError';
    this.help = help;
  }
}
