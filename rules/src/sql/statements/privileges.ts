/**
 * Who may do what: roles, grants, policies, default privileges, ownership at large.
 */

import type {
  AccessPriv,
  AlterDatabaseSetStmt,
  AlterDefaultPrivilegesStmt,
  AlterPolicyStmt,
  AlterRoleSetStmt,
  AlterRoleStmt,
  CreatePolicyStmt,
  CreateRoleStmt,
  DropOwnedStmt,
  DropRoleStmt,
  GrantRoleStmt,
  GrantStmt,
  Node,
  ReassignOwnedStmt,
  RoleSpec,
} from '@pgsql/types';

import type { ObjectName } from '../../facts/effect.ts';
import { emit, readNode } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { allOf } from '../syntax.ts';
import { bareObject, objectsOf, relationObjects } from './objects.ts';
import { readSet } from './session.ts';

function allow(object: ObjectName, action: string, scope: Scope): void {
  emit(scope, { kind: 'privilege', object, action });
}

function roleName(role: RoleSpec | undefined): string {
  const kind = role?.roletype ?? '';
  if (kind === 'ROLESPEC_PUBLIC') return 'PUBLIC';
  return role?.rolename ?? kind.replace('ROLESPEC_', '').toLowerCase();
}

function roleNames(roles: readonly Node[] | undefined): string {
  return allOf(roles, 'RoleSpec').map(roleName).join(', ');
}

function privilegeNames(privileges: readonly Node[] | undefined): string {
  const names = allOf(privileges, 'AccessPriv').map(({ priv_name }: AccessPriv) => priv_name ?? '');
  return names.length === 0 ? 'ALL' : names.join(', ').toUpperCase();
}

/** Reads GRANT and REVOKE on objects. */
export function readGrant(statement: GrantStmt, scope: Scope): void {
  const [verb, to] = statement.is_grant === true ? ['GRANT', 'TO'] : ['REVOKE', 'FROM'];
  const names = privilegeNames(statement.privileges);
  const action = `${verb} ${names} ${to} ${roleNames(statement.grantees)}`;
  const inSchema = statement.targtype === 'ACL_TARGET_ALL_IN_SCHEMA';
  const type = inSchema ? 'OBJECT_SCHEMA' : statement.objtype;
  const objects = (statement.objects ?? []).flatMap((node) => objectsOf(type, node, scope));
  for (const object of objects) allow(object, action, scope);
  if (objects.length === 0) allow(bareObject('other', 'objects to come'), action, scope);
}

/** Reads GRANT and REVOKE of membership in a role. */
export function readGrantRole(statement: GrantRoleStmt, scope: Scope): void {
  const [verb, to] = statement.is_grant === true ? ['GRANT', 'TO'] : ['REVOKE', 'FROM'];
  for (const role of allOf(statement.granted_roles, 'AccessPriv')) {
    const action = `${verb} ${to} ${roleNames(statement.grantee_roles)}`;
    allow(bareObject('role', role.priv_name), action, scope);
  }
}

/** Reads ALTER DEFAULT PRIVILEGES. */
export function readDefaultPrivileges(statement: AlterDefaultPrivilegesStmt, scope: Scope): void {
  if (statement.action === undefined) return;
  readGrant({ ...statement.action, objects: [] }, scope);
}

/** Reads CREATE ROLE, CREATE USER and CREATE GROUP. */
export function readCreateRole(statement: CreateRoleStmt, scope: Scope): void {
  emit(scope, { kind: 'create', object: bareObject('role', statement.role) });
  allow(bareObject('role', statement.role), 'CREATE ROLE', scope);
}

/** Reads ALTER ROLE. */
export function readAlterRole(statement: AlterRoleStmt, scope: Scope): void {
  const options = allOf(statement.options, 'DefElem').map(({ defname }) => defname ?? '');
  const action = `ALTER ROLE ${options.join(', ')}`;
  allow(bareObject('role', roleName(statement.role)), action, scope);
}

/** Reads DROP ROLE. */
export function readDropRole(statement: DropRoleStmt, scope: Scope): void {
  for (const role of allOf(statement.roles, 'RoleSpec')) {
    emit(scope, { kind: 'drop', object: bareObject('role', roleName(role)), cascade: false });
  }
}

/** Reads ALTER ROLE ... SET: a setting for every session to come. */
export function readAlterRoleSet(statement: AlterRoleSetStmt, scope: Scope): void {
  const name = statement.role === undefined ? 'ALL' : roleName(statement.role);
  allow(bareObject('role', name), `ALTER ROLE SET ${statement.setstmt?.name ?? ''}`, scope);
  if (statement.setstmt !== undefined) readSet(statement.setstmt, scope);
}

/** Reads ALTER DATABASE ... SET. */
export function readAlterDatabaseSet(statement: AlterDatabaseSetStmt, scope: Scope): void {
  const object = bareObject('database', statement.dbname);
  allow(object, `ALTER DATABASE SET ${statement.setstmt?.name ?? ''}`, scope);
  if (statement.setstmt !== undefined) readSet(statement.setstmt, scope);
}

/** Reads CREATE POLICY. */
export function readCreatePolicy(statement: CreatePolicyStmt, scope: Scope): void {
  policy(statement, 'CREATE POLICY', scope);
}

/** Reads ALTER POLICY. */
export function readAlterPolicy(statement: AlterPolicyStmt, scope: Scope): void {
  policy(statement, 'ALTER POLICY', scope);
}

function policy(statement: CreatePolicyStmt | AlterPolicyStmt, action: string, scope: Scope): void {
  for (const table of relationObjects(statement.table, 'table', scope)) {
    const name = `${statement.policy_name ?? ''} on ${table.name}`;
    allow({ kind: 'policy', schema: table.schema, name }, action, scope);
  }
  readNode(statement.qual, scope);
  readNode(statement.with_check, scope);
}

/** Reads DROP OWNED BY: everything a role has in this database. */
export function readDropOwned(statement: DropOwnedStmt, scope: Scope): void {
  const object = bareObject('other', `everything owned by ${roleNames(statement.roles)}`);
  emit(scope, { kind: 'drop', object, cascade: statement.behavior === 'DROP_CASCADE' });
}

/** Reads REASSIGN OWNED BY. */
export function readReassignOwned(statement: ReassignOwnedStmt, scope: Scope): void {
  const object = bareObject('other', `everything owned by ${roleNames(statement.roles)}`);
  allow(object, `REASSIGN OWNED TO ${roleName(statement.newrole)}`, scope);
}
