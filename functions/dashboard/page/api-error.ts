// What may become of a request that did not succeed.

/** What the API said is wrong. `status` 0: the page itself says so. */
export class ApiError extends Error {
  readonly status: number;
  readonly fields: readonly { readonly path: string; readonly problem: string }[];

  constructor(status: number, message: string, fields: ApiError["fields"] = []) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/** No answer came. Whether the request arrived is not known. */
export class UnansweredError extends ApiError {
  constructor(message: string) {
    super(0, message);
  }
}

/** No answer came, and what is shown is the answer before. */
export class OutdatedError extends UnansweredError {}
