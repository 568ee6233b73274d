// An empty function, as `func create` would have it built: the runtime reads the event, and nothing is done with it.
// Plain JavaScript, since func compiles TypeScript ahead: the anchor is not to pay for that at its start.

export const handle = () => undefined;
