/** The key that signs scoped tokens: made once, kept in the vault. Without it every issued token is void. */

import { TOKEN_KEY_SECRET } from '../secrets/secret-name.ts';
import type { Vault } from '../secrets/vault.ts';
import { TokenKey } from '../sessions/scoped-token.ts';

/** @throws SecretError when the vault cannot be read, SessionError when it holds something else */
export async function loadTokenKey(vault: Vault): Promise<TokenKey> {
  const known = await vault.read(TOKEN_KEY_SECRET);
  if (known !== null) return new TokenKey(known);
  const made = TokenKey.generate();
  await vault.setValue(TOKEN_KEY_SECRET, made);
  return new TokenKey(made);
}
