// The library for YAML, loaded by the first file that needs it.

import { createRequire } from "node:module";

export function yamlLibrary(): typeof import("yaml") {
  // In a bundle `require` is the bundler's, and the library lies in the bundle.
  return typeof require === "undefined" ? createRequire(import.meta.url)("yaml") : require("yaml");
}
