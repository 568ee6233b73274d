// The library for Avro, loaded by the first schema that needs it.

import { createRequire } from "node:module";

export function avroLibrary(): typeof import("avsc") {
  // In a bundle `require` is the bundler's, and the library lies in the bundle.
  return typeof require === "undefined" ? createRequire(import.meta.url)("avsc") : require("avsc");
}
