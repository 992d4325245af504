/** What a name says of the value it is given: a password, a key, or nothing. */

/** What a name calls its value. */
export type NameClass = 'password' | 'key' | null;

/** Names that say password: any value counts, however short. */
const PASSWORD_NAME =
  /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|PASSWORT|PASSCODE|SENHA|CONTRASENA)(?:_?\d{1,2})?$/;

/** The same words run into others: `PGPASSWORD`, `dbpass`, `rootpw`. */
const PASSWORD_RUN =
  /(?:PASSWORD|PASSWD|PASSPHRASE|(?:DB|USER|ROOT|ADMIN|SMTP|FTP|MAIL|SQL|LDAP)PASS|(?:ROOT|BIND|ADMIN|DB)PW)$/;

/** Names that say key or token: the value must be longer than a word somebody picks from a list. */
const KEY_NAME =
  /(?:^|_)(?:SECRET|TOKEN|APIKEY|(?:API|APP|ACCESS|SECRET|PRIVATE|AUTH|AUTHENTICATION|SIGNING|SIGNATURE|ENCRYPTION|ENCRYPT|CRYPT|CIPHER|MASTER|SERVICE|SERVICE_ROLE|ADMIN|DEPLOY|WEBHOOK|JWT|SESSION|COOKIE|LICENSE|LICENCE|ACCOUNT|STORAGE|SHARED|CLIENT|CONSUMER|HMAC|INTEGRATION|SERVER|TOKEN|BOT|WRITE|ROOT|DATA)_KEY|SECRET_KEY_BASE|CREDENTIALS?|AUTHORIZATION|COOKIE_SECRET|SALT|SEED|AUTH|AUTHTOKEN|ACCESSKEY|SECRETKEY|PRIVATEKEY|CLIENTSECRET|APPSECRET|APITOKEN|ACCESSTOKEN|NKEY|PEPPER)(?:_?\d{1,2})?$/;
const KEY_RUN =
  /(?:APIKEY|SECRETKEY|ACCESSKEY|AUTHKEY|APITOKEN|AUTHTOKEN|ACCESSTOKEN|CLIENTSECRET)$/;

/** Bundlers put these into what browsers load, so whoever set them meant everybody to see them. */
const PUBLIC_NAME =
  /^(?:NEXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC|NUXT_PUBLIC|GATSBY|PUBLIC)_|(?:^|_)(?:PUBLIC_KEY|PUBLIC_TOKEN|PUBLISHABLE_KEY|CSRF_TOKEN|XSRF_TOKEN|CANCEL_TOKEN|CANCELLATION_TOKEN|NEXT_TOKEN|PAGE_TOKEN|CONTINUATION_TOKEN|START_TOKEN|END_TOKEN|EOS_TOKEN|BOS_TOKEN|PAD_TOKEN|UNK_TOKEN|MASK_TOKEN|SEP_TOKEN|CLS_TOKEN|STOP_TOKEN|SPECIAL_TOKEN)$/;

/** What people append to a name to tell two apart. */
const SUFFIX =
  /_(?:PROD|PRODUCTION|DEV|DEVELOPMENT|STAGING|STAGE|LIVE|TEST|TESTING|LOCAL|VALUE|DEFAULT|BASE64|B64|HEX|PLAIN|PLAINTEXT|TEXT|RAW|STRING|STR|OLD|NEW|CURRENT|PRIMARY|SECONDARY|MAIN|BACKUP|DB|V\d+)$/;

/** `apiKey`, `api-key` and `API_KEY` are one name. */
export function toWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

/** Whether a name belongs to a value that everybody may see. */
export function isPublicName(words: string): boolean {
  return PUBLIC_NAME.test(words);
}

/** What a name says; `words` as `toWords` gives them. */
export function classOfName(words: string): NameClass {
  if (isPublicName(words)) return null;
  const bare = words.replace(SUFFIX, '');
  if (PASSWORD_NAME.test(bare) || PASSWORD_RUN.test(bare)) return 'password';
  return KEY_NAME.test(bare) || KEY_RUN.test(bare) ? 'key' : null;
}
