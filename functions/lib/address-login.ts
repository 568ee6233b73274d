// User and password in an address: says when they make it invalid, without showing them.

const CURE = "in its user and password write @ as %40, / as %2F, ? as %3F and % as %25";

/** What to add to the error for an invalid address; empty when user and password are not the cause. */
export function loginCure(address: string): string {
  const rest = address.replace(/^[\w+]+:\/\//, "");
  const end = rest.lastIndexOf("@");
  return end >= 0 && /[@/?]|%(?![\da-fA-F]{2})/.test(rest.slice(0, end)) ? `; ${CURE}` : "";
}
