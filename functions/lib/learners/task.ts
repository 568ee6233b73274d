// What a pipeline learns to tell.

export type Task = "regression" | "binary" | "multiclass";

/** A metric of the file: `mae`, or `{ rolling: mae, over: 1000 }`. */
export type MetricSpec = string | { readonly rolling: string; readonly over: number };
