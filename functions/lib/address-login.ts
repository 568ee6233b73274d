// User and password within an address: why an address may be none on their account, said without showing them.

const CURE = "in its user and password write @ as %40, / as %2F, ? as %3F and % as %25";

/** The cure to add to a message on an address that is none; empty where user and password are not at fault. */
export function loginCure(address: string): string {
  const rest = address.replace(/^[\w+]+:\/\//, "");
  const end = rest.lastIndexOf("@");
  return end >= 0 && /[@/?]|%(?![\da-fA-F]{2})/.test(rest.slice(0, end)) ? `; ${CURE}` : "";
}
