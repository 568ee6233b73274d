// Node's own HTTP, without the ES facade of `import "node:http"`: that one reads every export, and one of them loads a whole
// HTTP client (20 ms and 13 MB in a process that may live for one event).

export const { createServer, STATUS_CODES } = process.getBuiltinModule("node:http");
