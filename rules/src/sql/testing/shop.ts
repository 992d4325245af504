/**
 * Only for tests: the database that most of them stand on. Orders with items that go along, notes that stay behind,
 * customers, a staging table, an audit log, a view, and one function that deletes where one that only counts stands beside.
 */

import type { CatalogSpecInput } from './catalog-spec.ts';

export const SHOP: CatalogSpecInput = {
  relations: {
    orders: {
      columns: {
        id: { type: 'int4', notNull: true, default: "nextval('public.orders_id_seq'::regclass)" },
        customer_id: 'int4',
        status: 'text',
        note: 'text',
        total: 'numeric',
        created_at: { type: 'timestamptz', default: 'now()' },
      },
    },
    order_items: {
      columns: { id: 'int4 not null', order_id: 'int4 not null', sku: 'text' },
      references: [
        {
          name: 'order_items_order_id_fkey',
          table: 'orders',
          onDelete: 'cascade',
          onUpdate: 'cascade',
        },
      ],
    },
    order_notes: {
      columns: { id: 'int4 not null', item_id: 'int4', body: 'text' },
      references: [
        { name: 'order_notes_item_id_fkey', table: 'order_items', onDelete: 'set null' },
      ],
    },
    customers: { columns: { id: 'int4 not null', email: 'text not null', name: 'text' } },
    staging: { columns: { id: 'int4 not null', status: 'text' } },
    audit_log: { columns: { id: 'int8 not null', what: 'text' } },
    open_orders: {
      kind: 'view',
      columns: { id: 'int4', status: 'text', note: 'text' },
      query: "SELECT id, status, note FROM public.orders WHERE status = 'open'::text;",
    },
    orders_id_seq: { kind: 'sequence' },
  },
  functions: [
    { name: 'purge', body: 'begin delete from orders; return 1; end' },
    { name: 'tally', body: 'begin return (select count(*) from orders); end' },
  ],
};
