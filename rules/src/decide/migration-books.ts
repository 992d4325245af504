/** Where migration tools remember how far they are. Nothing of an application is in there. */

const BOOKS =
  /^(?:__drizzle_migrations|knex_migrations|knex_migrations_lock|_prisma_migrations)(?:_\w+_(?:seq|pkey|idx))?$/;

/** Whether a table, or what belongs to one, is where Drizzle, Knex or Prisma keep what they have run. */
export function isMigrationBook(name: string): boolean {
  return BOOKS.test(name);
}
