/**
 * Statements of many shapes out of a seed. The same seed gives the same statements on every machine.
 */

import { TABLES, TABLE_NAMES } from './rental.ts';
import type { TableName } from './rental.ts';

/** A source of choices that a seed repeats (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

/** Something in FROM under its name. */
interface Source {
  readonly name: string;
  readonly number: readonly string[];
  readonly text: readonly string[];
}

/** Makes statements. */
export class Generator {
  readonly #dice: Dice;
  #names = 0;
  /** WITH queries in scope. */
  #common: Source[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** A statement that only reads. */
  query(): string {
    this.#names = 0;
    this.#common = [];
    return this.#withQueries(() => this.#select(3).text);
  }

  /** A statement that changes something. */
  change(): string {
    this.#names = 0;
    this.#common = [];
    const dice = this.#dice;
    const make = dice.pick([
      () => this.#update(),
      () => this.#update(),
      () => this.#delete(),
      () => this.#insert(),
      () => this.#insert(),
      () => this.#merge(),
    ]);
    const text = dice.chance(0.2) ? this.#withQueries(make) : make();
    if (!dice.chance(0.12)) return text;
    return text.includes('RETURNING') ? `WITH done AS (${text}) SELECT * FROM done` : text;
  }

  #fresh(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  #withQueries(body: () => string): string {
    if (!this.#dice.chance(0.25)) return body();
    // A WITH query may have the name of a table, and then stands for it.
    const name = this.#dice.chance(0.3) ? this.#dice.pick(TABLE_NAMES) : this.#fresh('w');
    const made = this.#select(1);
    const materialized = this.#dice.pick(['', 'MATERIALIZED ', 'NOT MATERIALIZED ']);
    this.#common.push({ name, number: made.number, text: made.strings });
    return `WITH ${name} AS ${materialized}(${made.text}) ${body()}`;
  }

  /** Columns are called n1.. and s1.. so that what is further out can name them. */
  #select(
    depth: number,
    outer: readonly Source[] = [],
  ): { text: string; number: string[]; strings: string[] } {
    const dice = this.#dice;
    const { from, sources } = this.#from(depth);
    const inner = [...sources, ...outer];
    const number: string[] = [];
    const strings: string[] = [];
    const targets: string[] = [];
    const group = depth === 3 && dice.chance(0.2);
    const keys: string[] = [];
    for (let index = 1; index <= 1 + dice.below(3); index += 1) {
      if (dice.chance(0.7)) {
        const name = `n${index}`;
        const value = dice.chance(0.7)
          ? this.#column(sources, 'number')
          : this.#number(inner, depth);
        if (group) keys.push(value);
        targets.push(`${value} AS ${name}`);
        number.push(name);
      } else {
        const name = `s${index}`;
        const value = this.#column(sources, 'text');
        if (group) keys.push(value);
        targets.push(`${value} AS ${name}`);
        strings.push(name);
      }
    }
    if (group) {
      targets.push(
        `count(*) AS n8`,
        `${dice.pick(['min', 'max', 'sum'])}(${this.#column(sources, 'number')}) AS n9`,
      );
      number.push('n8', 'n9');
    } else if (depth === 3) targets.push(...this.#flourish(sources));
    const where = dice.chance(0.8) ? ` WHERE ${this.#condition(inner, depth)}` : '';
    const groupBy = group ? ` GROUP BY ${keys.join(', ')}` : '';
    const having = group && dice.chance(0.4) ? ` HAVING count(*) > ${dice.below(3)}` : '';
    const distinct = !group && dice.chance(0.1) ? 'DISTINCT ' : '';
    const plain = `SELECT ${distinct}${targets.join(', ')} FROM ${from}${where}${groupBy}${having}`;
    const other = dice.chance(0.1) && depth > 1 && !group && number.length === targets.length;
    const text = other
      ? `${plain} ${dice.pick(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'])} ${this.#numbersOf(number.length)}`
      : plain;
    return { text, number, strings };
  }

  #numbersOf(count: number): string {
    const { from, sources } = this.#from(1);
    const values = Array.from({ length: count }, () => this.#column(sources, 'number'));
    return `SELECT ${values.join(', ')} FROM ${from} WHERE ${this.#condition(sources, 1)}`;
  }

  /** Rows as a whole, stars, windows: what only the outermost query shows. */
  #flourish(sources: readonly Source[]): string[] {
    const dice = this.#dice;
    const { name } = dice.pick(sources);
    return dice.pick<string[]>([
      [],
      [],
      [`${name}.*`],
      ['*'],
      [`${name}::text`],
      [`row_to_json(${name})`],
      [`to_jsonb(${name}) ->> 'id'`],
      [`(${name} IS NULL)`],
      [`count(*) OVER (PARTITION BY ${this.#column(sources, 'number')})`],
    ]);
  }

  #from(depth: number): { from: string; sources: Source[] } {
    const dice = this.#dice;
    const first = this.#item(depth, []);
    let { text } = first;
    const sources = [first.source];
    const joins = dice.below(depth === 0 ? 1 : 3);
    for (let index = 0; index < joins; index += 1) {
      const lateral = dice.chance(0.15) ? sources : [];
      const next = this.#item(depth, lateral, sources);
      const kind =
        lateral.length > 0
          ? dice.pick([',', 'LEFT JOIN'])
          : dice.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', ',', 'CROSS JOIN']);
      const on = `${this.#column(sources, 'number')} = ${this.#column([next.source], 'number')}`;
      if (kind === ',') text = `${text}, ${next.text}`;
      else if (kind === 'CROSS JOIN') text = `${text} CROSS JOIN ${next.text}`;
      else if (kind === 'FULL JOIN') text = `${text} FULL JOIN ${next.text} ON ${on}`;
      else {
        const more = dice.chance(0.4)
          ? ` AND ${this.#condition([...(text.includes(',') ? [] : sources), next.source], 0)}`
          : '';
        text = `${text} ${kind} ${next.text} ON ${text.includes(',') ? `${this.#column([next.source], 'number')} > 0` : on}${more}`;
      }
      sources.push(next.source);
    }
    return { from: text, sources };
  }

  #item(
    depth: number,
    lateral: readonly Source[],
    taken: readonly Source[] = [],
  ): { text: string; source: Source } {
    const dice = this.#dice;
    if (lateral.length > 0 || (depth > 1 && dice.chance(0.25))) {
      const name = this.#fresh('q');
      const made = this.#select(depth - 2, lateral);
      const text = `${lateral.length > 0 ? 'LATERAL ' : ''}(${made.text}) AS ${name}`;
      return { text, source: { name, number: made.number, text: made.strings } };
    }
    const common = this.#common.length > 0 && dice.chance(0.4) ? dice.pick(this.#common) : null;
    if (common !== null) {
      const name = this.#fresh('c');
      return { text: `${common.name} AS ${name}`, source: { ...common, name } };
    }
    if (dice.chance(0.12)) {
      const name = this.#fresh('v');
      const view = { name, number: ['id', 'tenant_id'], text: ['state', 'plate'] };
      return { text: `open_reservations AS ${name}`, source: view };
    }
    return this.#table(taken);
  }

  #table(taken: readonly Source[]): { text: string; source: Source } {
    const dice = this.#dice;
    const table = dice.pick(TABLE_NAMES);
    const hidden = this.#common.some(({ name }) => name === table);
    const written = table === 'reservations' && dice.chance(0.1) ? 'reservations_archive' : table;
    const bare = !taken.some(({ name }) => name === written) && dice.chance(0.3);
    const name = bare ? written : this.#fresh('t');
    const schema = hidden || dice.chance(0.3) ? 'public.' : '';
    const only = dice.chance(0.1) ? 'ONLY ' : '';
    return {
      text: `${only}${schema}${written}${bare ? '' : ` AS ${name}`}`,
      source: { name, ...TABLES[table] },
    };
  }

  #column(sources: readonly Source[], kind: 'number' | 'text'): string {
    const having = sources.filter((source) => source[kind].length > 0);
    if (having.length === 0) return kind === 'number' ? '1' : "'x'";
    const source = this.#dice.pick(having);
    return `${source.name}.${this.#dice.pick(source[kind])}`;
  }

  #number(sources: readonly Source[], depth: number): string {
    const dice = this.#dice;
    return dice.pick([
      () => String(dice.below(20)),
      () => this.#column(sources, 'number'),
      () => `${this.#column(sources, 'number')} + ${dice.below(5)}`,
      () => `coalesce(${this.#column(sources, 'number')}, 0)`,
      () => `length(${this.#column(sources, 'text')})`,
      () => `CASE WHEN ${this.#condition(sources, 0)} THEN 1 ELSE 2 END`,
      () =>
        depth > 1
          ? `(SELECT max(m.id) FROM ${dice.pick(TABLE_NAMES)} AS m WHERE m.id <= ${this.#column(sources, 'number')})`
          : '1',
    ])();
  }

  /** Conditions that compare, and some that fail on what is out of reach. */
  #condition(sources: readonly Source[], depth: number): string {
    const dice = this.#dice;
    const number = (): string => this.#column(sources, 'number');
    const poisoned = sources.filter((source) => source.number.includes('poison'));
    const choices: (() => string)[] = [
      () => `${number()} ${dice.pick(['=', '<', '>', '<=', '>=', '<>'])} ${dice.below(20)}`,
      () => `${number()} = ${number()}`,
      () => `${number()} IS ${dice.pick(['', 'NOT '])}NULL`,
      () =>
        `${this.#column(sources, 'text')} = ${dice.pick(["'open'", "'closed'", "'P1'", "'n2'"])}`,
      () => `${number()} IN (1, 2, ${dice.below(9)})`,
      () => `${number()} BETWEEN 1 AND ${dice.below(15)}`,
      () => `${this.#column(sources, 'text')} LIKE '%${dice.below(9)}%'`,
      () => `${number()} % 2 = 0`,
    ];
    if (poisoned.length > 0) {
      const { name } = dice.pick(poisoned);
      // Rows that an outer join has added have no poison at all.
      choices.push(
        () => `1 / ${name}.poison >= 0`,
        () => `(${dice.below(9)} / ${name}.poison) IS NOT NULL`,
        () => `CAST(repeat('x', 1 - ${name}.poison) || '1' AS int) = 1`,
      );
    }
    if (depth > 0) {
      choices.push(
        () => `(${this.#condition(sources, 0)} OR ${this.#condition(sources, depth - 1)})`,
        () => `(${this.#condition(sources, depth - 1)} AND ${this.#condition(sources, 0)})`,
        () => `NOT (${this.#condition(sources, depth - 1)})`,
        () => {
          const { text, source } = this.#table(sources);
          return `EXISTS (SELECT 1 FROM ${text} WHERE ${this.#column([source], 'number')} = ${number()})`;
        },
        () => {
          const { text, source } = this.#table(sources);
          return `${number()} ${dice.pick(['', 'NOT '])}IN (SELECT ${this.#column([source], 'number')} FROM ${text} WHERE ${this.#condition([source], 0)})`;
        },
      );
    }
    return dice.pick(choices)();
  }

  #target(): { text: string; source: Source; table: TableName } {
    const table = this.#dice.pick<TableName>(['reservations', 'vehicles']);
    const alias = this.#dice.chance(0.4);
    const name = alias ? this.#fresh('u') : table;
    return {
      text: alias ? `${table} AS ${name}` : table,
      source: { name, ...TABLES[table] },
      table,
    };
  }

  /** @param alone nothing is joined to it: of several partners of one row the server takes any */
  #returning(source: Source, alone = true): string {
    const dice = this.#dice;
    if (dice.chance(0.5)) return '';
    return ` RETURNING ${dice.pick([...(alone ? ['*'] : []), `${source.name}.*`, `${source.name}.id`, `${source.name}.tenant_id, ${source.name}.poison`])}`;
  }

  #update(): string {
    const dice = this.#dice;
    const { text, source, table } = this.#target();
    const other = dice.chance(0.3) ? this.#table([source]) : null;
    const sources = other === null ? [source] : [source, other.source];
    const sets =
      table === 'reservations'
        ? [
            `notes = 'c${dice.below(9)}'`,
            `status = ${dice.pick(["'open'", "'closed'", 'NULL', 'notes'])}`,
            `price = ${dice.pick(['price + 1', '3', 'NULL'])}`,
            `tenant_id = ${dice.pick([String(1 + dice.below(4)), `'${1 + dice.below(4)}'`, `${source.name}.tenant_id`, 'NULL', this.#column([source], 'number'), `1 + length('a')`])}`,
          ]
        : [
            `plate = 'P${dice.below(20)}'`,
            `cost = ${dice.pick(['cost + 1', '2', 'NULL', '9'])}`,
            `tenant_id = ${dice.pick([String(1 + dice.below(4)), `${source.name}.tenant_id`])}`,
          ];
    const chosen = sets.filter(() => dice.chance(0.45));
    const set = chosen.length === 0 ? [sets[0] ?? ''] : chosen;
    const join =
      other === null ? '' : ` AND ${source.name}.id = ${this.#column([other.source], 'number')}`;
    const from = other === null ? '' : ` FROM ${other.text}`;
    return `UPDATE ${text} SET ${set.join(', ')}${from} WHERE ${this.#condition(sources, 2)}${join}${this.#returning(source, other === null)}`;
  }

  #delete(): string {
    const { text, source } = this.#target();
    const other = this.#dice.chance(0.3) ? this.#table([source]) : null;
    const sources = other === null ? [source] : [source, other.source];
    const join =
      other === null ? '' : ` AND ${source.name}.id = ${this.#column([other.source], 'number')}`;
    const using = other === null ? '' : ` USING ${other.text}`;
    return `DELETE FROM ${text}${using} WHERE ${this.#condition(sources, 2)}${join}${this.#returning(source, other === null)}`;
  }

  #insert(): string {
    const dice = this.#dice;
    const id = (): string =>
      String(dice.chance(0.3) ? 1 + dice.below(24) : 200 + dice.below(10_000));
    const tenant = (): string =>
      dice.pick([
        String(1 + dice.below(4)),
        `'${1 + dice.below(4)}'`,
        'NULL',
        '1 + 1',
        `(SELECT min(id) FROM tenants)`,
      ]);
    const columns = 'id, tenant_id, status, price';
    const row = (): string =>
      `(${id()}, ${tenant()}, ${dice.pick(["'open'", "'closed'", 'NULL', "'held'"])}, ${dice.pick(['5', 'NULL', '15', '1.5'])})`;
    const rows = Array.from({ length: 1 + dice.below(2) }, row).join(', ');
    const { text, source } = this.#table([]);
    const query = `SELECT ${source.name}.id + ${300 + dice.below(9000)}, ${this.#column([source], 'number')}, 'open', 4 FROM ${text} WHERE ${this.#condition([source], 1)} AND ${source.name}.id < 3`;
    const conflict = dice.pick([
      '',
      '',
      ' ON CONFLICT (id) DO NOTHING',
      ` ON CONFLICT (id) DO UPDATE SET notes = 'conflict', status = excluded.status`,
      // A WHERE of its own is left out: row level security lets it look at rows out of reach, and the guard does not.
      ' ON CONFLICT (id) DO UPDATE SET price = reservations.price + 1',
      ` ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id`,
    ]);
    const given = dice.chance(0.7) ? `VALUES ${rows}` : query;
    return `INSERT INTO reservations (${columns}) ${given}${conflict}${this.#returning({ name: 'reservations', ...TABLES.reservations })}`;
  }

  #merge(): string {
    const dice = this.#dice;
    const { text, source } = this.#table([]);
    const whens = [
      `WHEN MATCHED AND ${this.#condition([{ name: 'm', ...TABLES.reservations }], 0)} THEN UPDATE SET notes = 'merged'`,
      'WHEN MATCHED THEN DELETE',
      `WHEN MATCHED THEN UPDATE SET tenant_id = ${dice.pick(['m.tenant_id', '2', this.#column([source], 'number')])}`,
      `WHEN NOT MATCHED THEN INSERT (id, tenant_id, status) VALUES (${source.name}.id + ${5000 + dice.below(5000)}, ${dice.pick(['1', '2', this.#column([source], 'number')])}, 'open')`,
      `WHEN NOT MATCHED BY SOURCE AND m.id > ${dice.below(30)} THEN UPDATE SET notes = 'left'`,
      'WHEN NOT MATCHED BY SOURCE THEN DELETE',
      'WHEN MATCHED THEN DO NOTHING',
    ].filter(() => dice.chance(0.35));
    const chosen = whens.length === 0 ? ["WHEN MATCHED THEN UPDATE SET notes = 'm'"] : whens;
    return `MERGE INTO reservations AS m USING ${text} ON m.id = ${source.name}.id${dice.chance(0.3) ? ` AND ${this.#condition([source], 0)}` : ''} ${chosen.join(' ')}`;
  }
}
