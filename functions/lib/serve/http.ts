// Node's HTTP server. `import "node:http"` would read every export, one of which loads a whole HTTP client: 20 ms and 13 MB in
// a process that may live for one event.

export const { createServer, STATUS_CODES } = process.getBuiltinModule("node:http");
