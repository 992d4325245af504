/** An .npmrc without what opens anything: where packages come from stays, the right to fetch or publish them goes. */

/** `_authToken`, `//host/:_password`, `username`, `certfile`, `key` and their like, as npm's own documentation has them. */
const TOKEN_LINE =
  /^\s*["']?([^=]*:)?(_auth|_authtoken|_password|username|email|certfile|keyfile|cert|key|tokenhelper)["']?\s*=/i;

/** An address with a password in it. */
const PASSWORD_IN_ADDRESS = /:\/\/[^\s/@]+@/;

/** The text without each such line. A value that goes on in a second line is no part of this format. */
export function withoutTokens(text: string): string {
  return text
    .split('\n')
    .filter((line) => !TOKEN_LINE.test(line) && !PASSWORD_IN_ADDRESS.test(line))
    .join('\n');
}
